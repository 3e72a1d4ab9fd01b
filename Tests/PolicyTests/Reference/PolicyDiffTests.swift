import ChanceryPolicy
import Testing

struct PolicyDiffTests {
    /// Made with Python 3: `difflib.unified_diff(a.splitlines(True), b.splitlines(True), "a", "b")`.
    @Test(arguments: [
        ("", "", []), ("x\n", "x\n", []), ("", "x\n", ["@@ -0,0 +1 @@\n", "+x\n"]), ("x\n", "", ["@@ -1 +0,0 @@\n", "-x\n"]),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\nsix\n7\n8\n9\n",
            ["@@ -3,7 +3,7 @@\n", " 3\n", " 4\n", " 5\n", "-6\n", "+six\n", " 7\n", " 8\n", " 9\n"]
        ),
        ("a\nb\nc\n", "b\nc\nd\n", ["@@ -1,3 +1,3 @@\n", "-a\n", " b\n", " c\n", "+d\n"]),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n", "0\n1\n2\n3\n4\n5\n6\n7\n",
            ["@@ -1,3 +1,4 @@\n", "+0\n", " 1\n", " 2\n", " 3\n", "@@ -5,4 +6,3 @@\n", " 5\n", " 6\n", " 7\n", "-8\n"]
        ),
        ("a", "b", ["@@ -1 +1 @@\n", "-a", "+b"]),
    ])
    func `a unified diff is the one that Python makes`(old: String, new: String, lines: [String]) {
        let header = lines.isEmpty ? [] : ["--- a\n", "+++ b\n"]
        #expect(PolicyDiff.unified(from: old, to: new, oldLabel: "a", newLabel: "b") == header + lines)
    }

    @Test func `of two activations at one time the later entry is in force`() {
        var history = PolicyHistory()
        for version in ["1", "2"] {
            history.activate(
                .init(name: "p", version: version, contentHash: version, activatedAt: 5, activatedBy: "a", comment: ""))
        }
        #expect(history.active("p", at: 5)?.version == "2")
        #expect(history.active("p", at: 4) == nil)
        #expect(history.isCurrent("2", of: "p"))
        #expect(!history.isCurrent("1", of: "p"))
    }
}
