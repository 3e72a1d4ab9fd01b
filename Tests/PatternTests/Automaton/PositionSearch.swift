import ChanceryPatterns

/// The slow obvious twin of the automaton: where a tree can end, for every place where it can begin.
struct PositionSearch {
    private let text: [UInt32]

    init(_ text: String) { self.text = text.unicodeScalars.map(\.value) }

    func finds(_ tree: SyntaxTree) -> Bool {
        (0...text.count).contains { !ends(of: tree, from: [$0]).isEmpty }
    }

    private func ends(of tree: SyntaxTree, from places: Set<Int>) -> Set<Int> {
        switch tree {
        case .empty: return places
        case .scalar(let set): return Set(places.filter { $0 < text.count && set.contains(text[$0]) }.map { $0 + 1 })
        case .assertion(let kind): return places.filter { holds(kind, at: $0) }
        case .sequence(let parts): return parts.reduce(places) { ends(of: $1, from: $0) }
        case .alternatives(let branches): return branches.reduce(into: []) { $0.formUnion(ends(of: $1, from: places)) }
        case .repetition(let part, let least, let most, _):
            var reached = places
            for _ in 0..<least { reached = ends(of: part, from: reached) }
            var all = reached
            var round = least
            while round < most ?? .max {
                reached = ends(of: part, from: reached).subtracting(all)
                if reached.isEmpty { break }
                all.formUnion(reached)
                round += 1
            }
            return all
        }
    }

    private func holds(_ kind: SyntaxTree.Assertion, at place: Int) -> Bool {
        let isNewline = place < text.count && text[place] == 0x0a
        let afterNewline = place > 0 && text[place - 1] == 0x0a
        switch kind {
        case .textStart: return place == 0
        case .lineStart: return place == 0 || afterNewline
        case .textEnd: return place == text.count
        case .textEndOrLastNewline: return place == text.count || (place == text.count - 1 && isNewline)
        case .lineEnd: return place == text.count || isNewline
        case .wordBoundary: return isWord(place - 1) != isWord(place)
        case .noWordBoundary: return isWord(place - 1) == isWord(place)
        }
    }

    private func isWord(_ place: Int) -> Bool {
        text.indices.contains(place) && ScalarSet.words.contains(text[place])
    }
}
