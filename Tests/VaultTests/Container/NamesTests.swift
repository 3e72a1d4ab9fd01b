import ChanceryVault
import TestKit
import Testing

struct NamesTests {
    @Test(arguments: ["a", "Llama-3:8b", "_x", "@team model+v2.1", "0", "urna", String(repeating: "a", count: 200)])
    func `a plain name is taken as it is`(text: String) throws { #expect(try ArtifactName(text).text == text) }

    @Test(arguments: [
        "", " a", "a ", "-a", ".a", "+a", "a/b", #"a\b"#, "a\u{0}", "a\nb", "é", "e\u{301}", "\u{202e}a", "a\u{212a}",
        "urn:x", "URN:pqc-enclave-art:00", "urn:", String(repeating: "a", count: 201),
    ])
    func `a name that could pass for something else is refused`(text: String) {
        #expect(code { _ = try ArtifactName(text) } == "vault.invalid_name")
    }

    @Test(arguments: [
        "a", ".gitattributes", "weights/model-00001-of-00002.safetensors", "a b/c", "a/..b", String(repeating: "a", count: 255),
        Array(repeating: "a", count: 32).joined(separator: "/"),
    ])
    func `a path below its folder is taken as it is`(text: String) throws { #expect(try FilePath(text).text == text) }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "a/./b", "a\u{0}", #"a\b"#, #"..\a"#, "C:a", "a\n", "a.",
        "a ", "a /b", "ä", "a\u{301}", "a\u{2f}\u{2f}", "a*", "a?", #"a""#, "a<", "a>", "a|", "\u{7f}",
        String(repeating: "a", count: 256), Array(repeating: "a", count: 33).joined(separator: "/"),
        Array(repeating: String(repeating: "a", count: 204), count: 5).joined(separator: "/") + "/a",
    ])
    func `a path that leaves its folder or has two spellings is refused`(text: String) {
        #expect(code { _ = try FilePath(text) } == "vault.invalid_name")
    }

    @Test(arguments: [
        "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33), String(repeating: "A", count: 32),
        "urn:pqc-enclave-art:" + String(repeating: "0", count: 31), "urn:pqc-enclave-key:" + String(repeating: "0", count: 32),
        "URN:pqc-enclave-art:" + String(repeating: "0", count: 32),
        "urn:pqc-enclave-art:\u{301}" + String(repeating: "0", count: 32),
    ])
    func `an id has one spelling`(text: String) {
        #expect(throws: (any Error).self) { try ArtifactID(text) }
        #expect(throws: (any Error).self) { try VaultID(text + "g") }
    }

    @Test func `ids read back what they write`() throws {
        let (vault, artifact, key) = (VaultID.random(), ArtifactID.random(), DataKeyID.random())
        #expect(try VaultID(vault.text) == vault)
        #expect(try ArtifactID(artifact.text) == artifact)
        #expect(try DataKeyID(key.text) == key)
        #expect(artifact.text.count == 52 && artifact != ArtifactID.random())
    }
}
