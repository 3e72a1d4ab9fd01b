import ChanceryVault
import Testing

/// Keys only ever go forward (NIST SP 800-57 part 1, §7).
struct KeyStateTests {
    @Test(arguments: VaultKeyAlgorithm.allCases)
    func `no path of any length leads back, and nothing follows destruction`(algorithm: VaultKeyAlgorithm) {
        var reached: [KeyState: Set<KeyState>] = [:]
        let unused: KeyState = algorithm == .mlDSA65 ? .decryptOnly : .verifyOnly
        for state in KeyState.allCases where state != unused {
            var found: Set<KeyState> = []
            var edge = [state]
            while let next = edge.popLast() {
                for step in KeyState.allCases where next.mayBecome(step, for: algorithm) && found.insert(step).inserted {
                    edge.append(step)
                }
            }
            reached[state] = found
            #expect(!found.contains(state), "\(state) leads to itself")
            #expect(state == .destroyed ? found.isEmpty : found.contains(.destroyed), "\(state)")
        }
        #expect(reached[.preActive] == Set(KeyState.allCases).subtracting([.preActive, unused]))
        #expect(reached[.compromised] == [.destroyed])
    }

    @Test func `signing keys verify and wrapping keys decrypt after they were replaced, never the other way round`() {
        #expect(
            KeyState.active.mayBecome(.verifyOnly, for: .mlDSA65) && !KeyState.active.mayBecome(.decryptOnly, for: .mlDSA65))
        for algorithm in [VaultKeyAlgorithm.xWing, .mlKEM1024] {
            #expect(KeyState.active.mayBecome(.decryptOnly, for: algorithm))
            #expect(!KeyState.active.mayBecome(.verifyOnly, for: algorithm))
        }
        // A key in use is not destroyed in one step.
        #expect(!KeyState.active.mayBecome(.destroyed, for: .xWing))
    }
}
