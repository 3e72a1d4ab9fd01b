internal import ArgumentParser
internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire

struct Dashboard: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a link that signs a browser in at the dashboard of a server that runs.",
        discussion: """
            The link works once, within a quarter of an hour, and only on this machine. The session lasts twelve hours at most, \
            and half an hour without use.
            """)

    @OptionGroup var options: GlobalOptions
    @Option(
        help: ArgumentHelp(
            "What the browser may do: operator, approver, auditor; may be repeated. Default: all three.", valueName: "role"))
    var role: [String] = []

    func run(in home: Home) throws {
        let roles = try role.map { text in
            guard let role = Role(rawValue: text), SignInGrant.roles.contains(role) else {
                throw UsageError("--role is operator, approver or auditor")
            }
            return role
        }
        let door = DashboardDoor(home: home.path)
        let url = try door.address()
        let (token, time) = (SignInToken(), Home.now())
        let grant = try SignInGrant(roles.isEmpty ? SignInGrant.roles : Set(roles), at: time)
        try door.grants.keep(grant, for: token.digest, at: time)
        let link = DashboardDoor.link(url, token)
        try options.show(["expires": .string(grant.notAfter.text), "sign_in": .string(link), "url": .string(url)]) { link }
    }
}
