internal import ChanceryPatterns

/// Finds what a TrustGate policy says without effect, or with more effect than is usually meant.
struct TrustGateLint {
    let root: PolicyNode
    let terms: TrustGateTerms

    func run(_ findings: inout FindingLog) {
        for entry in root["roles"]?.map ?? [] { role(entry, &findings) }
        if (root["roles"]?.map ?? []).isEmpty {
            findings.warning(.unreachable, "without roles every action is blocked by ROLE", root["roles"]?.at ?? root.at)
        }
        thresholds(&findings)
        network(&findings)
        patterns(&findings)
    }

    private func role(_ entry: PolicyNode.Entry, _ findings: inout FindingLog) {
        let allowed = entry.value["allowed_tools"]?.list ?? []
        let blocked = entry.value["blocked_tools"]?.list ?? []
        if allowed.isEmpty {
            findings.warning(.unreachable, "role `\(entry.name)` allows nothing", entry.at)
        }
        for node in allowed {
            guard let name = node.text else { continue }
            if let cover = blocked.compactMap(\.text).first(where: { covers($0, name) }) {
                findings.warning(
                    .conflict, "role `\(entry.name)` allows `\(name)` and blocks it by `\(cover)`: it is blocked", node.at)
            }
        }
        for list in [allowed, blocked] { repeats(list, &findings) }
        // A blocked tool that nothing allows is blocked anyway; saying so is good practice unless it is a glob that hits nothing.
        guard !allowed.contains(where: { $0.text == "*" }) else { return }
        for node in blocked {
            guard let glob = node.text, isGlob(glob), !allowed.contains(where: { isGlob($0.text ?? "") }),
                !allowed.contains(where: { covers(glob, $0.text ?? "") })
            else { continue }
            findings.warning(.unreachable, "`\(glob)` blocks nothing that role `\(entry.name)` allows", node.at)
        }
    }

    /// Entries that an entry of the same list covers.
    private func repeats(_ list: [PolicyNode], _ findings: inout FindingLog) {
        guard list.count <= 256 else { return }
        for (index, node) in list.enumerated() {
            guard let name = node.text else { continue }
            let cover = list.enumerated().first { other, candidate in
                guard other != index, let text = candidate.text else { return false }
                return text.utf8.elementsEqual(name.utf8) ? other < index : isGlob(text) && !isGlob(name) && covers(text, name)
            }
            if let cover = cover?.element.text {
                findings.warning(.shadowed, "`\(name)` is covered by `\(cover)` in the same list", node.at)
            }
        }
    }

    private func thresholds(_ findings: inout FindingLog) {
        for name in ["tsi_unstable_action", "tsi_critical_action"] {
            if let node = root["thresholds"]?[name], node.text == "ALLOW" {
                findings.warning(.open, "`\(name)` is ALLOW: instability alone then has no effect", node.at)
            }
        }
    }

    private func network(_ findings: inout FindingLog) {
        guard let section = root["network"], section["block_external"]?.boolean == false,
            let domains = section["allowed_domains"], !(domains.list ?? []).isEmpty
        else { return }
        findings.warning(
            .unreachable, "`allowed_domains` blocks nothing while `block_external` is false; it only says what is not logged",
            domains.at)
    }

    private func patterns(_ findings: inout FindingLog) {
        for node in root["dangerous_patterns"]?.list ?? [] {
            guard let source = node.text, let set = try? PatternSet([source], caseInsensitive: true) else { continue }
            if set.firstMatch(in: [UInt8]()) != nil {
                findings.warning(.open, "pattern `\(source)` occurs in every text: every action is blocked", node.at)
            }
        }
        var seen: Set<[UInt8]> = []
        for node in root["dangerous_patterns"]?.list ?? [] where !seen.insert(Array((node.text ?? "").utf8)).inserted {
            findings.warning(.shadowed, "pattern `\(node.text ?? "")` stands here twice", node.at)
        }
    }

    private func isGlob(_ text: String) -> Bool { text.utf8.contains { $0 == 0x2a || $0 == 0x3f || $0 == 0x5c } }

    private func covers(_ glob: String, _ name: String) -> Bool { (try? Glob(glob))?.matches(name) ?? false }
}
