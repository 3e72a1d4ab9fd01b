internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

/// What the members of a federation on this machine do in a demonstration.
extension LocalCluster {
    /// The first member proposes.
    func propose(_ parameters: ProposalParameters, _ title: String) throws -> Proposal {
        let home = try home(1)
        return try home.desk.propose(
            parameters, title: title, lifetime: 3600, key: home.federation.openBallotKey(.unencrypted))
    }

    func vote(_ choice: Choice, on proposal: Proposal, by member: Int) throws {
        let home = try home(member)
        _ = try home.desk.vote(choice, on: proposal, key: home.federation.openBallotKey(.unencrypted))
    }

    /// Proposes, and lets `members` approve once they have heard of it.
    func approve(_ parameters: ProposalParameters, _ title: String, by members: ClosedRange<Int>) throws -> Proposal {
        let proposal = try propose(parameters, title)
        for member in members {
            try wait("\(title) reaches n\(member)") {
                try home(member).desk.view().proposals.contains { $0.id == proposal.id }
            }
            try vote(.approve, on: proposal, by: member)
        }
        return proposal
    }

    func wait(_ what: String, _ isDone: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try isDone() { return }
            usleep(20_000)
        }
        throw DemoFailure(detail: "it did not happen in 60 seconds that \(what)")
    }
}

/// Ports that nobody listens on.
enum FreePorts {
    /// The first of `count` free ports in a row on loopback.
    static func first(_ count: Int) throws -> Int {
        for _ in 0..<64 {
            let start = Int.random(in: 20_000...60_000)
            if (start..<start + count).allSatisfy(isFree) { return start }
        }
        throw DemoFailure(detail: "no free ports were found on loopback")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
