/// The encodings that a tool undoes where they stand in a text. Ill-formed UTF-8 that results is read as U+FFFD.
enum InPlaceDecoding: CaseIterable, Sendable {
    /// `%72`, and `%u0072` as old JavaScript writes it.
    case percent
    /// `\u0072`, `\x72`, `\162`, `\n`: the escapes of JSON, JavaScript and C, behind any number of backslashes at once.
    case escape
    /// `r\m`: backslashes fall away, as in shells.
    case shell

    /// `text` with this encoding undone once; nil where nothing is encoded so.
    func decoded(_ text: [UInt8]) -> [UInt8]? {
        let mark: UInt8 = self == .percent ? 0x25 : 0x5c
        guard var index = text.firstIndex(of: mark) else { return nil }
        var output = Array(text[..<index])
        output.reserveCapacity(text.count)
        var changed = false
        while index < text.count {
            guard text[index] == mark else {
                output.append(text[index])
                index += 1
                continue
            }
            let before = index
            switch self {
            case .percent: Self.percent(text, &index, &output)
            case .escape: Self.escape(text, &index, &output)
            case .shell: Self.shell(text, &index, &output)
            }
            if index == before {
                output.append(mark)
                index += 1
            } else {
                changed = true
            }
        }
        guard changed else { return nil }
        return Array(String(decoding: output, as: UTF8.self).utf8)
    }

    private static func percent(_ text: [UInt8], _ index: inout Int, _ output: inout [UInt8]) {
        if let byte = hex(text, index + 1, 2) {
            output.append(UInt8(byte))
            index += 3
        } else if index + 1 < text.count, text[index + 1] == 0x75, let unit = hex(text, index + 2, 4) {
            index += 6
            let low = index + 1 < text.count && text[index] == 0x25 && text[index + 1] == 0x75 ? hex(text, index + 2, 4) : nil
            if append(unit, low, &output) { index += 6 }
        }
    }

    private static func shell(_ text: [UInt8], _ index: inout Int, _ output: inout [UInt8]) {
        while index < text.count, text[index] == 0x5c { index += 1 }
        if index < text.count, text[index] == 0x0a { index += 1 }
    }

    private static func escape(_ text: [UInt8], _ index: inout Int, _ output: inout [UInt8]) {
        while index < text.count, text[index] == 0x5c { index += 1 }
        guard index < text.count else { return }
        let letter = text[index]
        index += 1
        switch letter {
        case 0x6e: output.append(0x0a)
        case 0x74: output.append(0x09)
        case 0x72: output.append(0x0d)
        case 0x66: output.append(0x0c)
        case 0x76: output.append(0x0b)
        case 0x61: output.append(0x07)
        case 0x62: output.append(0x08)
        case 0x65: output.append(0x1b)
        // A backslash at the end of a line joins it to the next.
        case 0x0a: break
        case 0x0d: if index < text.count, text[index] == 0x0a { index += 1 }
        case 0x78, 0x75, 0x55: code(letter, text, &index, &output)
        case 0x30...0x37:
            var value = Int(letter - 0x30)
            for _ in 0..<2 {
                guard index < text.count, (0x30...0x37).contains(text[index]), value < 0o40 else { break }
                value = value * 8 + Int(text[index] - 0x30)
                index += 1
            }
            output.append(UInt8(value))
        default: output.append(letter)
        }
    }

    /// The digits after `\x`, `\u` or `\U`; a letter without them stands for itself.
    private static func code(_ letter: UInt8, _ text: [UInt8], _ index: inout Int, _ output: inout [UInt8]) {
        if letter != 0x55, index < text.count, text[index] == 0x7b {
            var end = index + 1
            while end < text.count, end - index <= 8, digit(text[end]) != nil { end += 1 }
            guard end < text.count, text[end] == 0x7d, let value = hex(text, index + 1, end - index - 1) else {
                return output.append(letter)
            }
            index = end + 1
            _ = append(value, nil, &output)
            return
        }
        let count = letter == 0x78 ? 2 : letter == 0x75 ? 4 : 8
        guard let value = hex(text, index, count) else { return output.append(letter) }
        index += count
        guard letter != 0x78 else { return output.append(UInt8(value)) }
        guard letter == 0x75, (0xd800..<0xdc00).contains(value) else {
            _ = append(value, nil, &output)
            return
        }
        var next = index
        while next < text.count, text[next] == 0x5c { next += 1 }
        let follows = next > index && next < text.count && text[next] == 0x75
        if append(value, follows ? hex(text, next + 1, 4) : nil, &output) { index = next + 5 }
    }

    /// Appends the scalar of a code point or UTF-16 unit; true when it took the low surrogate `low`.
    private static func append(_ value: UInt32, _ low: UInt32?, _ output: inout [UInt8]) -> Bool {
        var code = value
        var paired = false
        if (0xd800..<0xdc00).contains(value), let low, (0xdc00..<0xe000).contains(low) {
            code = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
            paired = true
        }
        let scalar = Unicode.Scalar(code) ?? "\u{fffd}"
        output.append(contentsOf: Array(String(scalar).utf8))
        return paired
    }

    private static func hex(_ text: [UInt8], _ start: Int, _ count: Int) -> UInt32? {
        guard count > 0, start + count <= text.count else { return nil }
        var value: UInt32 = 0
        for index in start..<start + count {
            guard let digit = digit(text[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x37)
        case 0x61...0x66: UInt32(byte - 0x57)
        default: nil
        }
    }
}
