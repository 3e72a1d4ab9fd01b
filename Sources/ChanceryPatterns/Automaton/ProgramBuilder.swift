/// Compiles syntax trees into one ``Program``, back to front: each part is emitted with the place where it goes on.
package struct ProgramBuilder {
    private var program = Program()
    private var setNumbers: [ScalarSet: Int] = [:]
    private var sets: [ScalarSet] = []
    private var usesWords = false
    private var usesNewlines = false

    /// Refuses what exceeds ``PatternSet/instructionLimit`` or ``PatternSet/symbolLimit``.
    package static func build(_ trees: [SyntaxTree]) throws(PatternSetError) -> Program {
        var builder = ProgramBuilder()
        for (index, tree) in trees.enumerated() {
            do throws(PatternError) {
                let found = try builder.emit(.found(index), column: 1)
                builder.program.foundAtEnd.append(try builder.emit(.check(.textEnd, next: found), column: 1))
                builder.program.starts.append(try builder.emit(tree, next: found, column: 1))
            } catch {
                throw PatternSetError(index: index, error: error)
            }
        }
        return try builder.finish(patterns: trees.count)
    }

    private mutating func finish(patterns: Int) throws(PatternSetError) -> Program {
        // Assertions look at the kinds of neighbours, so symbols must tell these apart.
        if usesWords { _ = number(of: .words) }
        if usesNewlines { _ = number(of: .newline) }
        program.symbols = SymbolTable(sets: sets)
        guard program.symbols.count <= PatternSet.symbolLimit else {
            let detail = "patterns that tell more than \(PatternSet.symbolLimit) kinds of characters apart"
            throw PatternSetError(index: patterns - 1, error: PatternError(.tooLarge, detail, column: 1))
        }
        program.sets = sets.map(program.symbols.bits(of:))
        return program
    }

    private mutating func emit(_ instruction: Program.Instruction, column: Int) throws(PatternError) -> Int {
        guard program.instructions.count < PatternSet.instructionLimit else {
            throw PatternError(.tooLarge, "patterns of more than \(PatternSet.instructionLimit) instructions", column: column)
        }
        program.instructions.append(instruction)
        return program.instructions.count - 1
    }

    private mutating func emit(_ tree: SyntaxTree, next: Int, column: Int) throws(PatternError) -> Int {
        switch tree {
        case .empty: return next
        case .scalar(let set): return try emit(.take(set: number(of: set), next: next), column: column)
        case .assertion(let kind):
            switch kind {
            case .wordBoundary, .noWordBoundary: usesWords = true
            case .lineStart, .lineEnd, .textEndOrLastNewline: usesNewlines = true
            case .textStart, .textEnd: break
            }
            return try emit(.check(kind, next: next), column: column)
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try emit(part, next: next, column: column) }
            return next
        case .alternatives(let branches):
            var entry = try emit(branches[branches.count - 1], next: next, column: column)
            for branch in branches.dropLast().reversed() {
                let other = try emit(branch, next: next, column: column)
                entry = try emit(.fork(other, entry), column: column)
            }
            return entry
        case .repetition(let part, let least, let most, let column):
            return try emit(part, least: least, most: most, next: next, column: column)
        }
    }

    private mutating func emit(
        _ part: SyntaxTree, least: Int, most: Int?, next: Int, column: Int
    ) throws(PatternError) -> Int {
        var entry = next
        if let most {
            for _ in least..<most {
                let once = try emit(part, next: entry, column: column)
                entry = try emit(.fork(once, next), column: column)
            }
        } else {
            let loop = try emit(.fork(next, next), column: column)
            program.instructions[loop] = .fork(try emit(part, next: loop, column: column), next)
            entry = loop
        }
        for _ in 0..<least { entry = try emit(part, next: entry, column: column) }
        return entry
    }

    private mutating func number(of set: ScalarSet) -> Int {
        if let number = setNumbers[set] { return number }
        setNumbers[set] = sets.count
        sets.append(set)
        return sets.count - 1
    }
}
