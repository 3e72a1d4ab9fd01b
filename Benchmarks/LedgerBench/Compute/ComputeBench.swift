import ChanceryArithmetic
import ChanceryCircuit
import ChanceryCustodian
import ChanceryThreshold
import ChanceryWire
import Foundation

/// Programs that three custodians run and none of them knows, any two being enough: MPyC's shape of three parties beside it.
///
/// *Online* is from handing in the masked values to the custodians' sealed results: the client's signature verified and the submission
/// and the event durable at each of them, all rounds, and every opening checked. MPyC is semi-honest and keeps no records.
enum ComputeBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let committee = try ComputeCommittee(in: bench.home.file("committee"), programs)
        return try products(bench, committee) + chain(bench, committee) + scores(bench, committee)
            + comparison(bench, committee) + logistic(bench, committee)
    }

    private static var programs: [ComputeCommittee.Installation] {
        func weights(_ count: Int, _ text: (Int) -> String) -> JSONObject {
            JSONObject((0..<count).map { .init(name: "w[\($0)]", value: .string(text($0))) })
        }
        var logistic = weights(ComputeSample.logisticFeatures) { String(weight($0)) }
        logistic["bias"] = .string("0.5")
        return [
            .init(name: "products", source: ComputeSample.products), .init(name: "chain", source: ComputeSample.chain),
            .init(
                name: "score", source: ComputeSample.score,
                secrets: weights(ComputeSample.features) { String($0 + 3) }),
            .init(
                name: "checked-score", source: ComputeSample.checkedScore,
                secrets: weights(ComputeSample.features) { String(3 * $0 % 17 - 8) }),
            .init(name: "comparison", source: ComputeSample.comparison),
            .init(name: "logistic", source: ComputeSample.logistic, secrets: logistic),
        ]
    }

    /// Of the logistic model: a multiple of 2^−5.
    private static func weight(_ feature: Int) -> Double { Double(7 * feature % 31 - 15) / 32 }

    // MARK: products

    private static func products(_ bench: Bench, _ committee: ComputeCommittee) throws -> [Measurement] {
        let circuit = try CircuitCompiler.compile(ComputeSample.products)
        let rows = rows(circuit, bench.scale.evaluations)
        let count = rows.count * ComputeSample.width * ComputeSample.layers
        let values = rows.count * ComputeSample.width
        var made: [Double] = []
        let measured = try bench.rounds {
            let supplied = try committee.supply("products", rows.count)
            made.append(Double(supplied.evaluations * (ComputeSample.width * ComputeSample.layers + 1)) / supplied.seconds)
            let timing = try committee.evaluate("products", rows)
            try check(timing, circuit, rows)
            return Double(count) / timing.online
        } theirs: { peer in
            try peer.measure("products", ["count": .integer(Int64(values)), "rounds": .integer(Int64(ComputeSample.layers))])
        }
        let local = try bench.rounds {
            let measure = try inOneThread(.products, evaluations: rows.count)
            return Double(measure.evaluations * measure.units) / measure.online
        }
        return [
            Measurement(
                "compute.products", "\(values) products at once, \(ComputeSample.layers) rounds, online, three processes",
                .perSecond, measured.ours, peer: measured.theirs, target: .atLeast(1_000_000)),
            Measurement(
                "compute.products.thread", "products, online, all three custodians in one thread, no network", .perSecond, local
            ),
            Measurement(
                "compute.material", "products of masks made and verified for them, three processes", .perSecond, made),
        ]
    }

    // MARK: latency

    private static func chain(_ bench: Bench, _ committee: ComputeCommittee) throws -> [Measurement] {
        let circuit = try CircuitCompiler.compile(ComputeSample.chain)
        let measured = try latency(bench, committee, "chain", circuit) { peer, runs in
            try peer.measure("chain", ["count": runs, "depth": .integer(Int64(ComputeSample.depth))])
        }
        return [
            Measurement(
                "compute.chain", "\(ComputeSample.depth) products one after another, online, p50", .milliseconds,
                measured.online, peer: measured.theirs, target: .atMost(8)),
            Measurement("compute.chain.whole", "the same from claim to result, p50", .milliseconds, measured.whole),
            Measurement(
                "compute.chain.thread", "the same, online, in one thread", .milliseconds,
                try bench.rounds { try inOneThread(.chain, evaluations: 1).online * 1000 }),
        ]
    }

    private static func scores(_ bench: Bench, _ committee: ComputeCommittee) throws -> [Measurement] {
        let features: JSONValue = .integer(Int64(ComputeSample.features))
        let plain = try CircuitCompiler.compile(ComputeSample.score)
        let one = try latency(bench, committee, "score", plain) { peer, runs in
            try peer.measure("score", ["count": runs, "features": features])
        }
        let checked = try CircuitCompiler.compile(ComputeSample.checkedScore)
        let rounded = try latency(bench, committee, "checked-score", checked)
        let rows = rows(plain, bench.scale.scoreBatch)
        let many = try bench.rounds {
            try committee.supply("score", rows.count)
            return Double(rows.count) / (try committee.evaluate("score", rows).whole)
        } theirs: { peer in
            try peer.measure("scores", ["batch": .integer(Int64(rows.count)), "count": 1, "features": features])
        }
        return [
            Measurement(
                "compute.score", "score of \(ComputeSample.features) features, online, p50", .milliseconds, one.online,
                peer: one.theirs, target: .atMost(2)),
            Measurement("compute.score.whole", "the same from claim to result, p50", .milliseconds, one.whole),
            Measurement(
                "compute.score.checked", "the same, ranges of 16 bits checked and the result rounded, online, p50",
                .milliseconds, rounded.online),
            Measurement(
                "compute.score.thread", "the score, online, in one thread", .milliseconds,
                try bench.rounds { try inOneThread(.score, evaluations: 1).online * 1000 }),
            Measurement(
                "compute.scores", "scores, \(rows.count) at once, from claim to results", .perSecond, many.ours,
                peer: many.theirs, target: .atLeast(2000)),
        ]
    }

    private static func comparison(_ bench: Bench, _ committee: ComputeCommittee) throws -> [Measurement] {
        let circuit = try CircuitCompiler.compile(ComputeSample.comparison)
        let measured = try latency(bench, committee, "comparison", circuit) { peer, runs in
            try peer.measure("comparison", ["count": runs])
        }
        return [
            Measurement(
                "compute.comparison", "64-bit comparison, its range checked, online, p50", .milliseconds, measured.online,
                peer: measured.theirs, target: .atMost(5)),
            Measurement(
                "compute.comparison.thread", "64-bit comparison, no range checked, online, in one thread", .milliseconds,
                try bench.rounds { try inOneThread(.comparison, evaluations: 1).online * 1000 }),
        ]
    }

    private static func logistic(_ bench: Bench, _ committee: ComputeCommittee) throws -> [Measurement] {
        let circuit = try CircuitCompiler.compile(ComputeSample.logistic)
        let batch = 100
        let numbers = (0..<batch).map { row in
            (0..<ComputeSample.logisticFeatures).map { feature -> Double in
                let eighths = (7 * feature + 5 * row) % 61 - 30
                return Double(eighths) / 8
            }
        }
        let rows = numbers.map { row in row.map { FieldElement(signed: Int64($0 * 256)) } }
        var errors: [Double] = []
        var whole: [Double] = []
        let measured = try bench.rounds {
            try committee.supply("logistic", batch)
            let timing = try committee.evaluate("logistic", rows)
            var error = 0.0
            for (row, outputs) in zip(numbers, timing.result.outputs) {
                let score = row.enumerated().reduce(0.5) { $0 + $1.element * weight($1.offset) }
                error = max(error, abs(circuit.outputs[0].number(outputs[0]) - 1 / (1 + exp(-score))))
            }
            errors.append(error)
            whole.append(timing.whole * 1000)
            return timing.online * 1000
        } theirs: { peer in
            try peer.measure(
                "logistic",
                [
                    "batch": .integer(Int64(batch)), "count": 1,
                    "features": .integer(Int64(ComputeSample.logisticFeatures)),
                ])
        }
        return [
            Measurement(
                "compute.logistic",
                "logistic model of \(ComputeSample.logisticFeatures) features on \(batch) rows, ranges checked, online "
                    + "(peer: three straight pieces, no ranges)", .milliseconds, measured.ours, peer: measured.theirs,
                target: .atMost(100)),
            Measurement("compute.logistic.whole", "the same from claim to results", .milliseconds, whole),
            Measurement("compute.logistic.error", "its greatest error", .ratio, errors, target: .atMost(0.001)),
        ]
    }

    private struct Latency {
        var online: [Double] = []
        var whole: [Double] = []
        var theirs: [Double] = []
    }

    /// Medians of single evaluations, each timed alone, in milliseconds.
    private static func latency(
        _ bench: Bench, _ committee: ComputeCommittee, _ name: String, _ circuit: Circuit,
        theirs: ((Peer, JSONValue) throws -> Double)? = nil
    ) throws -> Latency {
        let row = rows(circuit, 1)
        let runs = bench.scale.singleEvaluations
        var latency = Latency()
        for _ in 0..<bench.scale.rounds {
            try committee.supply(name, runs)
            let timings = try (0..<runs).map { _ in try committee.evaluate(name, row) }
            if circuit.secrets.isEmpty { try check(timings[0], circuit, row) }
            latency.online.append(Samples(timings.map { $0.online * 1000 }).median)
            latency.whole.append(Samples(timings.map { $0.whole * 1000 }).median)
            if let theirs, let peer = bench.peer { latency.theirs.append(try theirs(peer, .integer(Int64(runs)))) }
        }
        return latency
    }

    // MARK: values

    private static func rows(_ circuit: Circuit, _ count: Int) -> [[FieldElement]] {
        (0..<count).map { row in circuit.inputs.indices.map { FieldElement(UInt64((row * 31 + $0 * 7 + 1) % 30_000)) } }
    }

    /// Holds the first and the last row against the circuit in the clear.
    private static func check(_ timing: ComputeCommittee.Timing, _ circuit: Circuit, _ rows: [[FieldElement]]) throws {
        for place in [0, rows.count - 1] {
            guard timing.result.outputs[place] == (try circuit.evaluate(inputs: rows[place], secrets: [])) else {
                throw Failure(description: "the custodians gave a wrong result")
            }
        }
    }

    private static func inOneThread(_ workload: ProtocolMeasure.Workload, evaluations: Int) throws -> ProtocolMeasure {
        let clock = ContinuousClock()
        let start = clock.now
        var state: UInt64 = 1
        let committee = try LocalCommittee(
            size: ComputeCommittee.size, quorum: 2,
            random: { count in
                (0..<count).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 56)
                }
            })
        return try ProtocolMeasure(workload, evaluations: evaluations, committee: committee) {
            (clock.now - start) / .seconds(1)
        }
    }
}
