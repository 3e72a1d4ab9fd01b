internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// One run: nodes with their desks, what lies ahead of them, and who watches.
struct Cluster<Work: Agenda> {
    enum Event {
        case deliver(ConsensusMessage, from: Int, to: Int)
        case papers([Work.Paper], from: Int, to: Int)
        case timer(ReplicaTimer, node: Int, life: Int)
        case wake(Int)
        /// The people of a node do what they do every now and then.
        case people(Int)
        case crash([Int])
        case restart(Int)
        case split([Int])
        case heal
        case misbehave(Int)
        case calm
    }

    static var timing: ReplicaTiming { ReplicaTiming(timeout: 120, increase: 40, resend: 300, tolerance: 400) }
    static var patience: Int64 { 120_000 }

    let seed: UInt64
    let options: SimulationOptions
    var random: SimulatedRandom
    let scenario: Scenario<Work>
    var nodes: [SimulatedNode<Work>] = []
    var queue = EventQueue<Event>()
    var now: Int64 = 0
    var isCalm = false
    /// The side of the network that each node is on.
    var sides: [Int]
    var referee: Referee<Work>
    let trace = Trace()
    var messages = 0
    var crashes = 0

    init(seed: UInt64, options: SimulationOptions) {
        self.seed = seed
        self.options = options
        var random = SimulatedRandom(seed: seed)
        let scenario = Scenario<Work>(options, &random)
        self.scenario = scenario
        sides = Array(repeating: 0, count: scenario.dids.count)
        referee = Referee(scenario)
        self.random = random
    }

    /// Runs until all correct nodes decided every slot, a promise is broken, or patience ends.
    consuming func run() -> SimulationOutcome {
        begin()
        while referee.violation == nil, !isDone, let (time, event) = queue.next() {
            now = time
            guard now <= scenario.calm + Self.patience else { break }
            handle(event)
        }
        if referee.violation == nil, !isDone, options.rules == .all {
            referee.accuse(.liveness, "\(slots) of \(options.slots) slots \(now - scenario.calm) ms after the faults stopped")
        }
        if let violation = referee.violation { note("VIOLATION \(violation)") }
        return SimulationOutcome(
            seed: seed, violation: referee.violation, slots: slots, nodes: nodes.count, messages: messages, crashes: crashes,
            equivocations: referee.equivocations, duration: now, trace: trace.lines)
    }

    /// The slots that every correct node decided.
    private var slots: Int64 {
        min(options.slots, nodes.filter(\.isCorrect).map { Int64($0.disk.decisions.count) }.min() ?? 0)
    }

    var isDone: Bool {
        nodes.allSatisfy { !$0.isCorrect || ($0.replica?.head.slot ?? 0) >= options.slots }
    }

    func note(_ line: @autoclosure () -> String) {
        if options.isTraced { trace.add(line(), at: now) }
    }

    // MARK: schedule

    private mutating func begin() {
        for index in scenario.dids.indices {
            let member = SimulatedMember(
                did: scenario.dids[index],
                authority: SymbolicAuthority(did: scenario.dids[index], secrets: scenario.secrets),
                skew: scenario.skews[index], pace: random.within(85...115), misbehaviour: scenario.misbehaviours[index])
            nodes.append(SimulatedNode(member, desk: scenario.work.desk(of: index, member)))
            note(
                "node \(index) of weight \(scenario.genesis.weight(of: scenario.dids[index]))\(nodes[index].isCorrect ? "" : ", Byzantine")"
            )
            boot(index)
            queue.add(.wake(index), at: random.within(0...200))
            if Work.hasPeople { queue.add(.people(index), at: random.within(0...200)) }
            if !nodes[index].isCorrect { queue.add(.misbehave(index), at: random.within(100...500)) }
        }
        for _ in 0..<scenario.crashes {
            let time = random.within(20...scenario.calm - 1)
            let isWide = random.chance(25)
            var victims = [random.below(nodes.count)]
            if isWide { for node in nodes.indices where random.chance(60) { victims.append(node) } }
            queue.add(.crash(victims), at: time)
        }
        for _ in 0..<scenario.splits {
            let time = random.within(0...scenario.calm - 1)
            var sides: [Int] = []
            for _ in nodes { sides.append(random.below(2)) }
            queue.add(.split(sides), at: time)
            queue.add(.heal, at: time + random.within(100...1500))
        }
        queue.add(.calm, at: scenario.calm)
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .deliver(let message, let sender, let receiver): deliver(message, from: sender, to: receiver)
        case .papers(let papers, let sender, let receiver): deliver(papers, from: sender, to: receiver)
        case .people(let node): act(node)
        case .timer(let timer, let node, let life):
            guard nodes[node].life == life, nodes[node].replica != nil else { return }
            let time = clock(node)
            let effects = nodes[node].replica?.timeout(timer, at: time) ?? []
            perform(effects, at: node)
        case .wake(let node): wake(node)
        case .crash(let victims): for node in victims { crash(node) }
        case .restart(let node): restart(node)
        case .split(let sides):
            guard !isCalm else { return }
            self.sides = sides
            note("the network splits: \(sides.map(String.init).joined())")
        case .heal: sides = sides.map { _ in 0 }
        case .misbehave(let node): misbehave(node)
        case .calm:
            isCalm = true
            sides = sides.map { _ in 0 }
            note("the faults stop")
            for node in nodes.indices where nodes[node].replica == nil { restart(node) }
        }
    }

    mutating func wake(_ node: Int) {
        guard let replica = nodes[node].replica, replica.head.slot < options.slots else { return }
        let time = clock(node)
        guard scenario.work.hasItems(&nodes[node].desk, replica.head, at: time) else { return }
        let effects = nodes[node].replica?.wake(at: time) ?? []
        perform(effects, at: node)
    }

    func clock(_ node: Int) -> UTCTime { UTCTime(milliseconds: Company.start + now + nodes[node].skew) }

    // MARK: crashes

    mutating func crash(_ node: Int) {
        guard !isCalm, nodes[node].isCorrect, nodes[node].replica != nil else { return }
        crashes += 1
        nodes[node].replica = nil
        nodes[node].disk.crash()
        nodes[node].life += 1
        note("n\(node) crashes with \(nodes[node].disk.decisions.count) decisions on disk")
        queue.add(.restart(node), at: now + random.within(10...800))
    }

    private mutating func restart(_ node: Int) {
        guard nodes[node].replica == nil else { return }
        note("n\(node) restarts")
        boot(node)
        queue.add(.wake(node), at: now + random.within(0...20))
    }

    private mutating func boot(_ node: Int) {
        let disk = nodes[node].disk
        let head = disk.decisions.last?.head ?? scenario.head
        // Through its bytes, as a file would.
        let journal = disk.journal.flatMap { entry in (try? entry.encoded()).flatMap { try? JournalEntry(decoding: $0) } }
        var earlier: [ConsensusMembers] = []
        if !options.rules.contains(.epochs) {
            for members in [scenario.genesis] + disk.decisions.map(\.head.members) where members.epoch < head.members.epoch {
                if earlier.last?.epoch != members.epoch { earlier.append(members) }
            }
        }
        nodes[node].replica = Replica(
            nodes[node].did, head: head, journal: journal, blocks: disk.blocks(of: head.slot + 1),
            hasSigned: disk.journal != nil, authority: nodes[node].authority, timing: Self.timing, rules: options.rules,
            earlier: earlier)
        scenario.work.resume(&nodes[node].desk, head, afterCrash: nodes[node].life > 0)
        if nodes[node].replica?.isRecovering == true { referee.accuse(.liveness, "n\(node) cannot read its journal") }
    }
}
