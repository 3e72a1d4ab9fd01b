internal import ChanceryArithmetic

/// Field elements as the payload of a frame: 16 bytes each, little-endian, canonical.
enum Elements {
    static func encode(_ elements: [FieldElement]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: elements.count * FieldElement.byteCount) { target, filled in
            for (index, element) in elements.enumerated() {
                let value = element.value.littleEndian
                let place = index * FieldElement.byteCount
                unsafe UnsafeMutableRawBufferPointer(target).storeBytes(of: value, toByteOffset: place, as: UInt128.self)
            }
            filled = elements.count * FieldElement.byteCount
        }
    }

    /// nil unless `payload` is exactly `count` elements.
    static func decode(_ payload: [UInt8], count: Int) -> [FieldElement]? {
        guard payload.count == count * FieldElement.byteCount else { return nil }
        var elements: [FieldElement] = []
        elements.reserveCapacity(count)
        let isCanonical = unsafe payload.withUnsafeBytes { source in
            for index in 0..<count {
                let value = UInt128(
                    littleEndian: unsafe source.loadUnaligned(fromByteOffset: index * FieldElement.byteCount, as: UInt128.self))
                guard value < FieldElement.modulus else { return false }
                elements.append(FieldElement(reducing: value))
            }
            return true
        }
        return isCanonical ? elements : nil
    }
}
