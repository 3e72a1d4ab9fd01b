internal import ChancerySuite
package import ChanceryWire

/// What custodians hold against each other about a program.
///
/// The accused is among those who are asked: whatever one of them lists, withholds or makes up costs no other's evidence.
public struct HeldBlames: Sendable {
    /// As many as an honest custodian keeps: 64, and two heads of each other custodian.
    private static let mostFiles = 80
    /// Whoever gave nothing for so many ids that it listed is asked for no more.
    private static let mostFailures = 3

    /// Evidence by its hash in hexadecimal. Nothing else of it was checked.
    public private(set) var files: [String: [UInt8]] = [:]
    /// Ids that no custodian gave the evidence for, by the numbers of those who list them.
    public private(set) var missing: [String: [Int]] = [:]
    /// Custodians whose signed statements lack frames that they sent, by the numbers of those who say so. It proves nothing.
    public private(set) var unrooted: [Int: [Int]] = [:]

    /// Fetches what the answers of custodians list; each file from whoever gives it.
    ///
    /// - Parameter fetch: the file with an id in hexadecimal that a custodian holds.
    package init(
        _ answers: JSONValue, fetch: @Sendable (_ id: String, _ custodian: Int) async throws -> [UInt8]
    ) async {
        var listers: [String: [Int]] = [:]
        for answer in answers.array ?? [] {
            let number = Int(clamping: answer["number"]?.integer ?? 0)
            for party in (answer["unrooted"]?.array ?? []).compactMap(\.integer) {
                unrooted[Int(clamping: party), default: []].append(number)
            }
            for file in (answer["files"]?.array ?? []).prefix(Self.mostFiles) {
                guard let text = file["id"]?.string, let id = (try? Hex.decode(text, count: 32)).map({ Hex.encode($0) }),
                    listers[id]?.contains(number) != true
                else { continue }
                listers[id, default: []].append(number)
            }
        }
        var failures: [Int: Int] = [:]
        for (id, numbers) in listers.sorted(by: { $0.key < $1.key }) {
            for number in numbers where failures[number, default: 0] < Self.mostFailures {
                guard let bytes = try? await fetch(id, number), Hex.encode(Digest.sha3_256(bytes)) == id else {
                    failures[number, default: 0] += 1
                    continue
                }
                files[id] = bytes
                break
            }
            if files[id] == nil { missing[id] = numbers }
        }
    }
}
