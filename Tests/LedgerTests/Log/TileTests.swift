import ChanceryLedger
import ChancerySuite
import ChanceryWire
import Testing

struct TileTests {
    @Test func `paths are those of the standard and read back`() throws {
        let cases: [(TileCoordinate.Row, UInt64, Int, String)] = [
            (.hashes(level: 0), 0, 256, "tile/0/000"),
            (.hashes(level: 0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (.hashes(level: 1), 67, 8, "tile/1/067.p/8"),
            (.entries, 1_067, 112, "tile/entries/x001/067.p/112"),
            (.hashes(level: 7), 0, 100, "tile/7/000.p/100"),
        ]
        for (row, index, width, path) in cases {
            let tile = try TileCoordinate(row, index: index, width: width)
            #expect(tile.path == path)
            #expect(try TileCoordinate(path: path) == tile)
        }
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/00/000", "tile/-1/000", "tile/+1/000", "tile/8/000", "tile/0/0000", "tile/0/00",
        "tile/0/x000/001", "tile/0/001/x002", "tile/0/001/002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/08",
        "tile/0/000.p", "tile/0/000.p/1/2", "tile/0/x001.p/1", "/tile/0/000", "tile/0/000 ", "tile/entry/000", "Tile/0/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/7/001", "tile/0/x/x/000", "tile/0/x00é/000",
    ])
    func `any other spelling of a path is refused`(path: String) {
        #expect(throws: WireError.self) { try TileCoordinate(path: path) }
    }

    @Test func `a tree of 70,000 has the tiles that the standard names`() {
        let tiles = Array(TileCoordinate.all(size: 70_000)).filter { $0.row != .entries }
        #expect(tiles.count == 273 + 1 + 1 + 1 + 1)
        #expect(tiles.filter(\.isFull).count == 274)
        #expect(tiles.filter { !$0.isFull }.map(\.path) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
        #expect(Array(TileCoordinate.all(size: 256)).map(\.path) == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
        #expect(Array(TileCoordinate.all(size: 0)).isEmpty)
    }

    @Test func `growing in steps publishes what growing at once does`() throws {
        let once = try SampleLog(sizes: [70_000])
        let steps = try SampleLog(sizes: [0, 1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 69_999, 70_000])
        #expect(once.head == steps.head)
        #expect(once.head.root == MerkleTree.root(of: once.leaves))
        for tile in TileCoordinate.all(size: 70_000) {
            #expect(once.tiles[path: tile.path] != nil)
            #expect(once.tiles[path: tile.path] == steps.tiles[path: tile.path], "\(tile.path)")
        }
        #expect(once.tiles.tiles.count == Array(TileCoordinate.all(size: 70_000)).count)
        var tree = try steps.tree()
        try tree.inclusionProof(of: 65_536).verify(leaf: once.leaves[65_536], root: once.head.root)
        #expect(try tree.frontier().head == once.head)
        let older = try tree.consistencyProof(from: 600)
        try older.verify(old: MerkleTree.root(of: Array(once.leaves[..<600])), new: once.head.root)
    }

    @Test func `each published size keeps its partial tiles`() throws {
        let sizes = [1, 200, 300, 600]
        let log = try SampleLog(sizes: sizes)
        for size in sizes {
            for tile in TileCoordinate.all(size: UInt64(size)) { #expect(log.tiles[path: tile.path] != nil, "\(tile.path)") }
        }
    }

    @Test func `a plan refuses tiles that do not give the signed root`() throws {
        let log = try SampleLog(sizes: [300])
        for path in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
            let golden = try #require(log.tiles[path: path])
            for place in [0, 2, golden.count - 1] {
                var tiles = log.tiles
                tiles[path: path]?[place] ^= 1
                #expect(throws: (any Error).self) { try TilePlan(from: log.head, appending: [[1]], reader: tiles) }
            }
            var tiles = log.tiles
            tiles[path: path] = nil
            #expect(throws: LedgerError.self) { try TilePlan(from: log.head, appending: [[1]], reader: tiles) }
            tiles[path: path] = Array(golden.dropLast())
            #expect(throws: (any Error).self) { try TilePlan(from: log.head, appending: [[1]], reader: tiles) }
        }
        let long = [UInt8](repeating: 0, count: 65_536)
        let error = #expect(throws: LedgerError.self) { try TilePlan(from: log.head, appending: [long], reader: log.tiles) }
        #expect(error?.code == "ledger.entry_too_long")
    }

    @Test func `a hundred thousand entries are planned in far less than a second`() throws {
        let old = try SampleLog(sizes: [1000])
        let entries = (0..<100_000).map { _ in LogEntryTests.golden }
        var plan: TilePlan?
        let time = try ContinuousClock().measure { plan = try TilePlan(from: old.head, appending: entries, reader: old.tiles) }
        #expect(plan?.new.size == 101_000)
        print("plan: \(Int(100_000 / (time / .seconds(1)))) entries/s")
        // Ten times the promise: this machine may be busy with other things.
        #expect(time < .seconds(5), "\(time)")
    }

    @Test func `an empty append writes nothing`() throws {
        let log = try SampleLog(sizes: [300])
        let plan = try TilePlan(from: log.head, appending: [], reader: log.tiles)
        #expect(plan.files.isEmpty)
        #expect(plan.new == log.head)
    }

    @Test func `every bit of a tile and a bundle counts`() throws {
        let log = try SampleLog(sizes: [20])
        let path = "tile/0/000.p/20"
        let golden = try #require(log.tiles[path: path])
        for bit in 0..<golden.count * 8 {
            var tiles = log.tiles
            tiles[path: path]?[bit / 8] ^= 1 << UInt8(bit % 8)
            var tree = try TiledTree(size: 20, reader: tiles)
            #expect(try tree.root() != log.head.root, "bit \(bit)")
        }
        for length in 0..<golden.count {
            var tiles = log.tiles
            tiles[path: path] = Array(golden[..<length])
            var tree = try TiledTree(size: 20, reader: tiles)
            #expect(throws: LedgerError.self) { try tree.root() }
        }
        let bundle = try #require(log.tiles[path: "tile/entries/000.p/20"])
        for bit in 0..<bundle.count * 8 {
            var changed = bundle
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let entries = try? EntryBundle.decode(changed)
            #expect(entries?.map { MerkleTree.leafHash($0) } != log.leaves, "bit \(bit)")
        }
        for length in 0..<bundle.count {
            let entries = try? EntryBundle.decode(Array(bundle[..<length]))
            #expect((entries?.count ?? 0) < 20, "length \(length)")
        }
    }

    @Test func `bundles keep entries of every length up to the longest`() throws {
        let entries = [[], [1], [UInt8](repeating: 7, count: 255), [UInt8](repeating: 9, count: 65_535)]
        #expect(try EntryBundle.decode(EntryBundle.encode(entries)) == entries)
        #expect(throws: WireError.self) { try EntryBundle.decode([]) }
        #expect(throws: WireError.self) { try EntryBundle.decode([UInt8](repeating: 0, count: 514)) }
    }
}
