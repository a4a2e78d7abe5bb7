internal import ConfigFormats
internal import Testing

@Suite("udev records")
struct UdevRecordTests {
    @Test("give properties and links, and skip what they do not know")
    func record() {
        let record = UdevRecord(
            parsing: """
                S:disk/by-uuid/1f2a
                I:1234
                E:ID_PART_ENTRY_SCHEME=gpt
                E:ID_PART_ENTRY_TYPE=0657fd6d-a4ab-43c4-84e5-0933c84b4f4f
                E:ID_X=a=b
                E:broken
                G:systemd
                V:1

                """)
        #expect(record.links == ["disk/by-uuid/1f2a"])
        #expect(record.properties["ID_PART_ENTRY_TYPE"] == "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f")
        #expect(record.properties["ID_X"] == "a=b")
        #expect(record.properties.count == 3)
    }
}
