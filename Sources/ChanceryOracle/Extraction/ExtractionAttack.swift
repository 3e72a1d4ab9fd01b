/// The ways of copying a model that the simulator tries.
public enum ExtractionAttack: String, Sendable, CaseIterable {
    /// Natural inputs and unrounded scores: the answers are equations. Known as such after d+1 of them (Tramèr et al. 2016).
    case exact
    /// Natural inputs and scores as the program rounds them.
    case leastSquares = "least squares"
    /// The same with inputs at the ends of their ranges, where rounding hides least.
    case corners
    /// Natural inputs and labels only.
    case labels
    /// Inputs chosen by the labels so far (after Lowd and Meek 2005).
    case adaptive = "adaptive labels"
    /// Several weights in one unrounded answer.
    case packing
}

/// One run of an attack: asks question by question and can be looked at in between.
struct AttackRun {
    private let model: LinearModel
    private let attack: ExtractionAttack
    private let shape: OutputShape
    private let packing: PackingAttack
    private var generator: SeededGenerator
    private var squares: LeastSquares
    private var learner: LabelLearner
    private var sumOfSquares = 0.0
    private var sumOfInputs = 0.0
    private var usable = 0
    private var asked = 0

    init(_ attack: ExtractionAttack, on model: LinearModel, _ shape: OutputShape, packing: PackingAttack, seed: UInt64) {
        self.model = model
        self.attack = attack
        self.shape = attack == .exact ? .exact : shape
        self.packing = packing
        generator = SeededGenerator(seed: seed)
        squares = LeastSquares(columns: model.weights.count + 1)
        learner = LabelLearner(columns: model.weights.count + 1)
    }

    /// Asks one more question.
    mutating func ask() {
        asked += 1
        switch attack {
        case .exact, .leastSquares, .corners: askForScore()
        case .labels: learn(natural())
        case .adaptive: learn(boundary())
        case .packing: break
        }
    }

    /// Weights and bias as they are believed to be.
    mutating func belief() -> (weights: [Double], bias: Double) {
        switch attack {
        case .exact, .leastSquares, .corners:
            let found = squares.solution(ridge: ridge)
            return (Array(found.dropFirst()), found[0])
        case .labels, .adaptive:
            // Labels do not tell the length: it is compared as if it were known.
            let length = LinearModel.product(Array(learner.mean.dropFirst()), Array(learner.mean.dropFirst())).squareRoot()
            guard length > 0 else { return ([Double](repeating: 0, count: model.weights.count), model.threshold) }
            let factor = LinearModel.product(model.weights, model.weights).squareRoot() / length
            return (learner.mean.dropFirst().map { $0 * factor }, learner.mean[0] * factor + model.threshold)
        case .packing:
            let known = min(asked * packing.weightsPerQuery, model.weights.count)
            let rest = [Double](repeating: 0, count: model.weights.count - known)
            return (Array(model.weights.prefix(known)) + rest, asked > 0 ? model.bias : model.threshold)
        }
    }

    private mutating func askForScore() {
        let input = attack == .corners ? corner() : natural()
        guard let answer = shape.answer(to: model.score(input)) else { return }
        usable += 1
        sumOfSquares += answer * answer
        sumOfInputs += LinearModel.product(input, input) + 1
        squares.add([1] + input, answer)
    }

    /// The variance of rounding over the variance of a weight, which the size of the answers tells.
    private var ridge: Double {
        guard let width = shape.width, width > 0, usable > 0, sumOfSquares > 0 else { return 0 }
        return width * width / 12 * sumOfInputs / sumOfSquares
    }

    private mutating func learn(_ input: [Double]) {
        learner.learn([1] + input, isPositive: model.score(input) >= model.threshold)
    }

    private mutating func natural() -> [Double] { model.ranges.map { generator.natural(in: $0) } }

    private mutating func corner() -> [Double] {
        model.ranges.map { generator.next() & 1 == 0 ? $0.lowerBound : $0.upperBound }
    }

    /// Of some inputs on the believed boundary the one whose score is least known.
    private mutating func boundary() -> [Double] {
        let slope = Array(learner.mean.dropFirst())
        let square = LinearModel.product(slope, slope)
        var best: (input: [Double], variance: Double) = (natural(), -1)
        for _ in 0..<(model.weights.count <= 64 ? 12 : 2) {
            var input = natural()
            if square > 0 {
                let excess = (LinearModel.product(slope, input) + learner.mean[0]) / square
                for index in input.indices {
                    let range = model.ranges[index]
                    input[index] = min(max(input[index] - excess * slope[index], range.lowerBound), range.upperBound)
                }
            }
            let variance = learner.variance(of: [1] + input)
            if variance > best.variance { best = (input, variance) }
        }
        return best.input
    }
}
