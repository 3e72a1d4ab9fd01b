internal import ChanceryWire

extension JSONObject {
    /// An object written out by the program; repeated names trap, as in `Dictionary`.
    init(record members: KeyValuePairs<String, JSONValue>) {
        self.init(members.map { Member(name: $0.key, value: $0.value) })
    }
}
