internal import ChanceryLedger

/// What lies in the log's folder and beside it at the start of an audit.
struct PublishedLog {
    let origin: String?
    let checkpoint: Result<VerifiedCheckpoint?, any Error>
    let bytes: [UInt8]?
    let marks: Result<[StoredMark], any Error>
    let tiles: Result<[String], any Error>

    /// In the reverse order of writing: a mark is at least as new as the checkpoint that was read before it.
    init(_ log: TransparencyLog) {
        checkpoint = Result { try log.published() }
        bytes = try? log.files.read(.checkpoint)
        let origin = (try? log.verifierKeys())??.first?.name.text
        self.origin = origin
        tiles = Result { try log.files.tiles() }
        marks = Result { try log.files.marks(of: origin, store: log.store.storeID()) }
    }
}

extension LogAudit {
    /// The head that the checkpoint covers, if it is sound and the records give it.
    mutating func checkCheckpoint(_ published: PublishedLog, _ rows: TileRows) -> TreeHead? {
        if let pinned {
            do {
                guard let bytes = published.bytes else { throw NodeError(.notFound, "none of the pinned log is published") }
                _ = try pinned.verify(UnverifiedCheckpoint(decoding: bytes))
            } catch {
                note("checkpoint: \(error)")
            }
        }
        let head: TreeHead
        switch published.checkpoint {
        case .failure(let error):
            note("checkpoint: \(error)")
            return nil
        case .success(nil): return nil
        case .success(let checkpoint?): head = checkpoint.head
        }
        report.checkpoint = head.size
        guard head.size <= UInt64(rows.leaves.count) else {
            note("checkpoint: it covers \(head.size) records, the store has \(rows.leaves.count)")
            return nil
        }
        if !rows.continues(head) { note("checkpoint: the records do not give its root") }
        return head
    }

    // MARK: high-water marks

    mutating func checkMarks(
        _ published: PublishedLog, _ rows: TileRows, _ snapshot: StoreSnapshot, _ statements: [LogStartStatement]
    ) {
        let lineage: LogLineage
        do {
            lineage = try LogLineage(
                published.marks.get(), origin: published.origin, store: snapshot.id, statements: statements)
        } catch {
            return note("high-water mark: \(error)")
        }
        for mark in lineage.damaged {
            if case .failure(let error) = mark.content { note("high-water mark: `\(mark.path)` cannot be read: \(error)") }
        }
        for mark in lineage.current { checkMark(mark, rows, snapshot) }
        for mark in lineage.open {
            note(
                "high-water mark: a tree of \(mark.head.size) was signed for this store as `\(mark.origin)`, which is not its log now"
            )
            if !rows.continues(mark.head) { note("high-water mark: the records do not give the tree of `\(mark.origin)`") }
        }
        for mark in lineage.closed where !rows.continues(mark.head) {
            report.notes.append(
                "the log was restarted after a rollback: the records do not give the \(mark.head.size) that `\(mark.origin)` covered"
            )
        }
        checkAbsence(published, lineage, snapshot)
    }

    private mutating func checkMark(_ mark: HighWaterMark, _ rows: TileRows, _ snapshot: StoreSnapshot) {
        if mark.head.size > UInt64(rows.leaves.count) {
            note("high-water mark: a tree of \(mark.head.size) was intended, the store has \(rows.leaves.count)")
        } else if !rows.continues(mark.head) {
            note("high-water mark: the records do not give its root")
        }
        if mark.store != snapshot.id {
            note("high-water mark: `\(mark.origin)` signed for another store, \(mark.store)")
        } else if mark.generation > snapshot.generation {
            note(
                "high-water mark: the database is at intent \(snapshot.generation), the mark at \(mark.generation): it was restored from a backup"
            )
        }
        if mark.store == snapshot.id, let checkpoint = report.checkpoint, checkpoint > mark.head.size {
            note("high-water mark: it stands at \(mark.head.size), behind the checkpoint of \(checkpoint)")
        }
    }

    /// What must be there because something else is.
    private mutating func checkAbsence(_ published: PublishedLog, _ lineage: LogLineage, _ snapshot: StoreSnapshot) {
        if published.bytes != nil {
            if lineage.own == nil, lineage.damaged.isEmpty { note("high-water mark: none is there for the checkpoint") }
            return
        }
        // Another process may have published its first checkpoint meanwhile.
        guard (try? log.files.read(.checkpoint)) ?? nil == nil else { return }
        if let mark = lineage.own {
            note("checkpoint: none is published, although a tree of \(mark.head.size) was intended")
        } else if lineage.origin == nil, (try? log.files.read(.keyFile)) ?? nil != nil {
            note("checkpoint: the log has private keys and no verifier keys")
        } else if snapshot.generation > 0, lineage.open.isEmpty, lineage.closed.isEmpty, lineage.damaged.isEmpty,
            (try? log.files.marks(of: lineage.origin, store: snapshot.id))?.isEmpty != false
        {
            note("high-water mark: the store's log signed before, and neither checkpoint nor mark is there")
        }
    }

    // MARK: tiles

    /// Holds every file under `tile/`, of whatever size the log had, against the records; then looks for missing ones.
    mutating func checkTiles(_ published: PublishedLog, _ rows: TileRows, _ head: TreeHead?) {
        let paths: [String]
        do {
            paths = try published.tiles.get()
        } catch {
            return note("tiles: \(error)")
        }
        for path in paths {
            guard report.failures.count < Self.maximumFailures else { return }
            report.tiles += 1
            do {
                guard let coordinate = try? TileCoordinate(path: path), let right = try rows.bytes(of: coordinate) else {
                    note("`\(path)`: does not belong to the log")
                    continue
                }
                checkTile(path, try log.files.tile(coordinate), right)
            } catch {
                note("`\(path)`: \(error)")
            }
        }
        let present = Set(paths)
        for coordinate in TileCoordinate.all(size: head?.size ?? 0) where !present.contains(coordinate.path) {
            let full = try? TileCoordinate(coordinate.row, index: coordinate.index, width: TileCoordinate.fullWidth)
            // A partial tile may stand on disk in its full form.
            if full.map({ present.contains($0.path) }) != true { note("`\(coordinate.path)`: is missing") }
        }
    }

    private mutating func checkTile(_ path: String, _ stored: [UInt8], _ right: [UInt8]) {
        if let offset = zip(stored, right).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            note("`\(path)`: byte \(offset) differs")
        } else if stored.count < right.count {
            note("`\(path)`: ends at byte \(stored.count)")
        } else if stored.count > right.count {
            note("`\(path)`: byte \(right.count) and those after it do not belong there")
        }
    }
}
