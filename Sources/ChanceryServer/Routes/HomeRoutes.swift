public import ChanceryNode
public import ChanceryWire

extension RouteTable {
    /// What a member's node answers besides.
    public static func federation(_ service: FederationService) -> [Route] {
        [
            .federationMessage(service), .federationStatus(service), .governanceAuthorized(service),
            .governanceDecisionFile(service), .governanceDecisions(service), .governanceDraft(service),
            .governanceEquivocations(service), .governanceEvents(service), .governanceGenesis(service),
            .governanceMembers(service), .governanceOperations(service), .governancePeers(service),
            .governanceProposal(service), .governanceProposals(service), .governancePropose(service),
            .governanceVerify(service), .governanceVote(service), .governanceWatch(service),
        ]
    }

    /// What the gate of a home answers besides.
    public static func gate(_ service: GateService) -> [Route] {
        [
            .gateActivate(service), .gateAnswer(service), .gateApprovers(service), .gateDecide(service), .gateDecision(service),
            .gateDecisions(service), .gateOrphans(service), .gateOutcome(service), .gatePending(service),
            .gateLint(service), .gatePolicies(service), .gatePolicy(service), .gateRedeem(service), .gateSimulate(service),
        ]
    }

    /// What a server answers besides that signs for the agents of its home.
    public static func desk(_ service: DeskService) -> [Route] {
        [
            .deskChain(service), .deskHandshake(service), .deskRegister(service), .deskSessionEnd(service),
            .deskSessionExport(service), .deskSessionStamp(service), .deskSessionStart(service), .deskStamp(service),
        ]
    }

    /// What the vault of a home answers besides.
    public static func vault(_ service: VaultService) -> [Route] {
        [
            .vaultStatus(service), .vaultUnlock(service), .vaultLock(service), .vaultArtifacts(service),
            .vaultArtifact(service), .vaultVersions(service), .vaultContent(service), .vaultPresence(service),
            .vaultPut(service),
            .vaultDelete(service), .vaultGrant(service), .vaultRevoke(service), .vaultPolicy(service),
            .vaultSetPolicy(service), .vaultKeys(service), .vaultDueKeys(service),
        ]
    }

    /// The interface of a process that holds nothing but the vault.
    public static func vaultAgent(_ service: VaultService, _ services: HomeServices) -> RouteTable {
        let routes = [.health(services)] + vault(service)
        return RouteTable(routes + [.description(services, title: "Chancery vault", of: routes.map(\.document))])
    }

    /// How the agents of a home behave.
    public static func vigil(
        _ vigil: VigilDesk, _ registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) -> [Route] {
        [
            .vigilAgent(vigil, registry), .vigilAgents(vigil), .vigilAlerts(vigil), .vigilHistory(vigil, registry, now: now),
        ]
    }

    /// How clients open and end sessions.
    public static func sessions(_ authenticator: Authenticator) -> [Route] {
        [.sessionEnd(authenticator), .sessionOpen(authenticator)]
    }

    /// The interface of a home. A room adds its routes here, one file each under `Routes/<Noun>`.
    public static func home(_ services: HomeServices, metrics: ServerMetrics, adding others: [Route] = []) -> RouteTable {
        let routes =
            [
                .health(services), .ready(services), .metrics(services, metrics), .ledgerStats(services),
                .ledgerEvents(services), .ledgerEvent(services), .ledgerRecord(services), .logCheckpoint(services),
                .logKeys(services),
                .logProof(services), .identities(services), .agent(services),
                .agents(services),
            ] + Route.logTiles(services) + others
        return RouteTable(routes + [.description(services, of: routes.map(\.document))])
    }
}
