package import ChanceryArithmetic
package import ChanceryCircuit

/// A committee in one process: for tests, vectors and measures. It holds all keys at once, so it protects nothing.
package final class LocalCommittee {
    package let committee: Committee
    package let program: ProgramContext
    package private(set) var keys: [PartyKeys] = []
    package var network = LocalNetwork()
    private var evaluationStreams: [ShareStreams] = []
    private var secretStreams: [ShareStreams] = []
    private var nextIndex: UInt64 = 0
    private var nextSecrets: UInt64 = 0

    /// Agrees on keys from the bytes of `random`.
    package init(size: Int, quorum: Int, random: (Int) -> [UInt8], network: LocalNetwork = LocalNetwork()) throws {
        committee = try Committee(size: size, quorum: quorum)
        program = try ProgramContext(package: [UInt8](repeating: 7, count: 32), version: "1", epoch: 1)
        self.network = network
        let session = SessionID(keysOf: committee, binding: [])
        let agreements = try committee.members.map { party in
            try Slot(
                KeyAgreement(
                    committee, party: party, session: session,
                    contributions: random(KeyAgreement.contributionBytes(committee, party: party))))
        }
        for (place, slot) in agreements.enumerated() { self.network.take(slot.value!.start(), of: place + 1) }
        while let message = self.network.next() {
            guard committee.members.contains(message.to) else { continue }
            self.network.take(agreements[message.to - 1].value!.receive(message.bytes, from: message.from), of: message.to)
        }
        if let failure = self.network.errors.first(where: { $0.step == "failed" }) { throw failure.error }
        for slot in agreements {
            let keys = try slot.take().finished()
            self.keys.append(keys)
            evaluationStreams.append(try keys.streams(program, .evaluation))
            secretStreams.append(try keys.streams(program, .secrets))
        }
    }

    /// Something that cannot be copied, in a list.
    package final class Slot<Value: ~Copyable> {
        package var value: Value?
        init(_ value: consuming Value) { self.value = consume value }

        /// Takes the value out, which is there.
        func take() -> Value { value.take()! }
    }

    /// Material of `count` fresh indices, by party of `parties`. Throws the first failure.
    package func material(
        _ plan: Plan, count: Int, secrets: InstalledSecrets?, parties: [Int]? = nil
    ) throws -> [Slot<MaterialPool>] {
        let parties = parties ?? Array(committee.members)
        let indices = nextIndex..<nextIndex + UInt64(count)
        nextIndex = indices.upperBound
        return try material(plan, .evaluation, indices, parties) { streams in
            secrets.map { (streams: secretStreams[streams.party - 1], index: $0.index) }
        }
    }

    /// Material made in several goes, one block after another.
    package func material(_ plan: Plan, blocks: [Int], secrets: InstalledSecrets?) throws -> [Slot<MaterialPool>] {
        let pools = committee.members.map { _ in Slot(MaterialPool(program, .evaluation)) }
        for count in blocks {
            let indices = nextIndex..<nextIndex + UInt64(count)
            nextIndex = indices.upperBound
            _ = try material(plan, .evaluation, indices, Array(committee.members), into: pools) { streams in
                secrets.map { (streams: secretStreams[streams.party - 1], index: $0.index) }
            }
        }
        return pools
    }

    private func material(
        _ plan: Plan, _ purpose: StreamPurpose, _ indices: Range<UInt64>, _ parties: [Int],
        into known: [Slot<MaterialPool>]? = nil,
        secrets: (ShareStreams) -> (streams: ShareStreams, index: UInt64)?
    ) throws -> [Slot<MaterialPool>] {
        network = fresh()
        let sessions = try parties.map { party in
            let streams = (purpose == .secrets ? secretStreams : evaluationStreams)[party - 1]
            return try Slot(
                MaterialSession(
                    plan, program: program, purpose: purpose, indices: indices, streams: streams, secrets: secrets(streams),
                    parties: parties))
        }
        for (place, session) in sessions.enumerated() { network.take(session.value!.start(), of: parties[place]) }
        while let message = network.next() {
            guard let place = parties.firstIndex(of: message.to) else { continue }
            network.take(sessions[place].value!.receive(message.bytes, from: message.from), of: message.to)
        }
        for (place, session) in sessions.enumerated() { network.take(session.value!.timeOut(), of: parties[place]) }
        if let failure = network.errors.first(where: { $0.step == "failed" }) { throw failure.error }
        let pools = known ?? parties.map { _ in Slot(MaterialPool(program, purpose)) }
        for (pool, session) in zip(pools, sessions) { try pool.value!.add(session.take().finished()) }
        return pools
    }

    private func fresh() -> LocalNetwork {
        var fresh = LocalNetwork()
        fresh.pick = network.pick
        fresh.tap = network.tap
        return fresh
    }

    /// Installs an owner's secrets.
    package func install(_ circuit: Circuit, _ secrets: [FieldElement]) throws -> InstalledSecrets {
        let plan = try Plan(secretsOf: circuit)
        let index = nextSecrets
        nextSecrets += 1
        guard !circuit.secrets.isEmpty else { return InstalledSecrets(program, index: index, masked: []) }
        let parties = Array(committee.members)
        let tap = network.tap
        network.tap = { [$0] }
        let pools = try material(plan, .secrets, index..<index + 1, parties) { _ in nil }
        let run = try Run(self, plan, pools, index..<index + 1, secrets: nil, parties: parties, purpose: .secrets) { session in
            try ClientSession(
                secretsOf: circuit, values: secrets, committee: self.committee, session: session, parties: parties)
        }
        try run.finish()
        network.tap = tap
        guard let installed = run.sessions[0].value?.installed else {
            throw network.errors.first?.error ?? ThresholdError(.sessionOver, "the secrets were not installed")
        }
        return installed
    }

    /// One session from the client's values to its results.
    package final class Run {
        package let owner: LocalCommittee
        package let parties: [Int]
        package var sessions: [Slot<EvaluationSession>] = []
        package let client: Slot<ClientSession>
        private var network: LocalNetwork

        package init(
            _ owner: LocalCommittee, _ plan: Plan, _ pools: [Slot<MaterialPool>], _ indices: Range<UInt64>,
            secrets: InstalledSecrets?, parties: [Int], purpose: StreamPurpose = .evaluation, allowsUnchecked: Bool = false,
            client: (SessionID) throws -> ClientSession
        ) throws {
            self.owner = owner
            self.parties = parties
            network = owner.fresh()
            var name: SessionID?
            for (place, party) in parties.enumerated() {
                let streams = (purpose == .secrets ? owner.secretStreams : owner.evaluationStreams)[party - 1]
                let session = try EvaluationSession(
                    plan, material: pools[place].value!.claim(indices), secrets: secrets, streams: streams,
                    parties: parties, binding: [], allowsUnchecked: allowsUnchecked)
                name = session.session
                sessions.append(Slot(session))
            }
            self.client = try Slot(client(name ?? SessionID(keysOf: owner.committee, binding: [])))
            for (place, session) in sessions.enumerated() { network.take(session.value!.start(), of: parties[place]) }
        }

        /// Delivers everything; whoever still waits then hears that the time is over.
        package func finish() throws {
            deliver()
            // Whoever began to wait first is the first whose time is over.
            if client.value?.isWaitingForMasks == true {
                network.take(client.value!.timeOut())
                deliver()
            }
            while let place = furthestBehind() {
                network.take(sessions[place].value!.timeOut(), of: parties[place])
                deliver()
            }
            for (place, session) in sessions.enumerated() { network.take(session.value!.timeOut(), of: parties[place]) }
            network.take(client.value!.timeOut())
            owner.network = network
        }

        private func furthestBehind() -> Int? {
            var found: (place: Int, round: UInt32)?
            for (place, session) in sessions.enumerated() {
                guard let round = session.value?.openRound, round < found?.round ?? .max else { continue }
                found = (place, round)
            }
            return found?.place
        }

        private func deliver() { while deliverOne() {} }

        /// Delivers one message; false when all is quiet.
        package func deliverOne() -> Bool {
            guard let message = network.next() else { return false }
            if message.to == Frame.client {
                network.take(client.value!.receive(message.bytes, from: message.from))
            } else if let place = parties.firstIndex(of: message.to) {
                network.take(
                    message.from == Frame.client
                        ? sessions[place].value!.receiveFromClient(message.bytes)
                        : sessions[place].value!.receive(message.bytes, from: message.from), of: message.to)
            }
            return true
        }
    }

    /// Evaluates `circuit` on all rows of `inputs` at once, from installing the secrets to the client's results.
    package func evaluate(
        _ circuit: Circuit, _ inputs: [[FieldElement]], secrets: [FieldElement], parties: [Int]? = nil,
        allowsUnchecked: Bool = false
    ) throws -> ClientSession.Result {
        let parties = parties ?? Array(committee.members)
        let installed = try install(circuit, secrets)
        let plan = try Plan(circuit)
        let first = nextIndex
        let tap = network.tap
        network.tap = { [$0] }
        let pools = try material(plan, count: inputs.count, secrets: installed)
        network.tap = tap
        let run = try Run(
            self, plan, parties.map { pools[$0 - 1] }, first..<first + UInt64(inputs.count), secrets: installed,
            parties: parties, allowsUnchecked: allowsUnchecked
        ) { session in
            try ClientSession(
                circuit, values: inputs, committee: self.committee, session: session, parties: parties,
                allowsUnchecked: allowsUnchecked)
        }
        try run.finish()
        guard let result = run.client.value?.result else {
            throw network.errors.first { $0.step == "failed" }?.error
                ?? ThresholdError(.sessionOver, "the client has no result")
        }
        return result
    }
}
