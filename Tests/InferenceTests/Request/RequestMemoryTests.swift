import ChanceryInference
import ChanceryWire
import TestKit
import Testing

struct RequestMemoryTests {
    private let start = SampleService.start

    @Test
    func `a request is taken once until its statement ends`() throws {
        let service = try SampleService()
        let end = service.statement.terms.until
        var memory = RequestMemory()
        let head = try RequestHead(startOf: try service.request().bytes)
        try memory.admit(head, until: end, at: start)
        for now in [start, start.advanced(bySeconds: 3599), start.advanced(bySeconds: -10)] {
            #expect(code { try memory.admit(head, until: end, at: now) } == "inference.replayed")
        }
        try memory.admit(try RequestHead(startOf: try service.request().bytes), until: end, at: start)
    }

    @Test
    func `a full memory forgets nothing that could come again`() throws {
        let service = try SampleService()
        let end = service.statement.terms.until
        var memory = RequestMemory(limit: 2)
        let heads = try (0..<3).map { _ in try RequestHead(startOf: try service.request().bytes) }
        try memory.admit(heads[0], until: end, at: start)
        try memory.admit(heads[1], until: end.advanced(bySeconds: 60), at: start)
        #expect(code { try memory.admit(heads[2], until: end, at: start) } == "inference.memory_full")
        #expect(code { try memory.admit(heads[0], until: end, at: start) } == "inference.replayed")
        // The first one's statement is over: nothing opens under it any more.
        try memory.admit(heads[2], until: end.advanced(bySeconds: 60), at: end)
        #expect(memory.count == 2)
        #expect(code { try memory.admit(heads[1], until: end, at: end) } == "inference.replayed")
    }
}
