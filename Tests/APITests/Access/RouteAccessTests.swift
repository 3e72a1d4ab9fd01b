import ChanceryAPI
import Testing

struct RouteAccessTests {
    @Test func `who is not named is not let in, and roles are not ordered`() {
        for role in Role.allCases {
            let principal = Principal(name: "did:x", keyID: "x", roles: [role])
            #expect(RouteAccess.roles([.auditor, .operator]).admits(principal) == [.auditor, .operator].contains(role))
            #expect(!RouteAccess.roles([]).admits(principal))
            #expect(!RouteAccess.nodes.admits(principal))
            #expect(RouteAccess.everyRole.admits(principal))
        }
        let nobody = Principal(name: "did:x", keyID: "x", roles: [])
        #expect(!RouteAccess.everyRole.admits(nobody) && RouteAccess.anyone.admits(nobody))
    }
}
