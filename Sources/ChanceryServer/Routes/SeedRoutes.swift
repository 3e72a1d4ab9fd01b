internal import ChanceryGate

extension RouteTable {
    /// The seed's TrustGate, as far as it keeps what it promises: nobody states their own risk, a token approves nothing, and
    /// what resets, exports or shows pages is absent.
    public static func trustGate(_ service: TrustGateService) -> [Route] {
        [
            .seedAgents(service), .seedAgentState(service), .seedAnswer(service, .approve), .seedAnswer(service, .reject),
            .seedAudit(service), .seedDecision(service), .seedDecisions(service), .seedEvaluate(service),
            .seedPolicy(service), .seedPolicyActivate(service), .seedPrincipal(service), .seedPrincipals(service),
            .seedProfiles(service), .seedSimulate(service), .seedStatus(service),
        ]
    }

    /// The seed's Vigil, as far as it keeps what it promises: nothing is created or deleted, and what is recorded is signed.
    public static func vigilCompat(_ service: VigilCompatService) -> [Route] {
        [
            .seedAlerts(service), .seedAgentAlerts(service), .seedAgent(service), .seedIdentity(service), .seedRecord(service),
            .seedSummary(service),
        ]
    }

    /// One of the seed's interfaces, on a port of its own.
    public static func seed(_ title: String, _ services: HomeServices, _ routes: [Route]) -> RouteTable {
        let routes = [.health(services)] + routes
        return RouteTable(routes + [.description(services, title: title, of: routes.map(\.document))])
    }
}
