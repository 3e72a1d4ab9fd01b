/// Writes text in a form in which what looks or counts alike is alike.
///
/// Control and format characters other than white space and all default-ignorable characters are dropped in both forms.
/// Time is O(n log n) in the size of the text.
package enum Normaliser {
    package enum Form {
        /// NFKC: letters keep their case and white space its length.
        case plain
        /// NFKC_Casefold (Unicode 3.13) with each run of white space as one space.
        case folded
    }

    /// `text`, which must be valid UTF-8, in `form`.
    package static func normalised(_ text: [UInt8], _ form: Form) -> [UInt8] {
        if text.reduce(0, |) < 0x80 { return ascii(text, form) }
        let tables = NormalisationTables.shared
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var settled = true
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            let record = tables[scalar.value]
            let mapping = form == .plain ? record.plain : record.folded
            guard let mapping else {
                settled = settled && record.combiningClass == 0 && !record.joinsBackward
                scalars.append(scalar.value)
                continue
            }
            for target in tables.targets[mapping] {
                settled = settled && target < 0x300
                scalars.append(target)
            }
        }
        if !settled { scalars = composed(ordered(scalars, tables), tables) }
        return encoded(scalars, form, tables)
    }

    private static func ascii(_ text: [UInt8], _ form: Form) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: text.count) { buffer, count in
            var afterSpace = false
            for byte in text {
                var byte = byte
                let isSpace = byte <= 0x20 && (byte >= 0x1c || (0x09...0x0d).contains(byte))
                if isSpace {
                    if form == .folded {
                        if afterSpace { continue }
                        byte = 0x20
                    }
                } else if byte < 0x20 || byte == 0x7f {
                    continue
                } else if form == .folded, byte &- 0x41 < 26 {
                    byte |= 0x20
                }
                afterSpace = isSpace
                unsafe buffer[count] = byte
                count += 1
            }
        }
    }

    /// Canonical order (Unicode 3.11, D109): runs of combining marks sorted by their class, stably.
    private static func ordered(_ scalars: [UInt32], _ tables: NormalisationTables) -> [UInt32] {
        var output = scalars
        var index = 0
        while index < output.count {
            guard tables[output[index]].combiningClass != 0 else {
                index += 1
                continue
            }
            let start = index
            // The place is part of the key, so the order is stable.
            var run: [(key: UInt64, scalar: UInt32)] = []
            while index < output.count {
                let value = tables[output[index]].combiningClass
                guard value != 0 else { break }
                run.append((UInt64(value) << 32 | UInt64(index - start), output[index]))
                index += 1
            }
            guard run.count > 1 else { continue }
            run.sort { $0.key < $1.key }
            for (offset, mark) in run.enumerated() { output[start + offset] = mark.scalar }
        }
        return output
    }

    /// Canonical composition (Unicode 3.11, D117).
    private static func composed(_ scalars: [UInt32], _ tables: NormalisationTables) -> [UInt32] {
        var output: [UInt32] = []
        output.reserveCapacity(scalars.count)
        var starter: Int?
        // The class of the last mark kept after the starter; -1 right after it.
        var last = -1
        for scalar in scalars {
            let record = tables[scalar]
            let value = Int(record.combiningClass)
            if record.joinsBackward, let starter, last < value, let composite = tables.composite(output[starter], scalar) {
                output[starter] = composite
                continue
            }
            if value == 0 {
                starter = output.count
                last = -1
            } else {
                last = value
            }
            output.append(scalar)
        }
        return output
    }

    private static func encoded(_ scalars: [UInt32], _ form: Form, _ tables: NormalisationTables) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(scalars.count * 2)
        var afterSpace = false
        for value in scalars {
            let isSpace = form == .folded && tables[value].isSpace
            defer { afterSpace = isSpace }
            if isSpace {
                if !afterSpace { output.append(0x20) }
            } else if value < 0x80 {
                output.append(UInt8(value))
            } else if let scalar = Unicode.Scalar(value), let bytes = UTF8.encode(scalar) {
                output.append(contentsOf: bytes)
            }
        }
        return output
    }
}
