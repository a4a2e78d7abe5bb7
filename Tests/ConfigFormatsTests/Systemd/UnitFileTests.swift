internal import ConfigFormats
internal import Testing

@Suite("Unit files")
struct UnitFileTests {
    @Test("reads sections, keys and values with their lines")
    func plain() {
        let unit = UnitFile(
            parsing: "\u{FEFF}[Unit]\n# c\n; d\n Description = a = b \r\n[Swap]\nWhat=/swap.img\n\n[Install]\n")
        #expect(unit.value("Description", in: "Unit") == "a = b")
        #expect(unit.value("What", in: "Swap") == "/swap.img")
        #expect(unit.list("What", in: "Swap").first?.line == 6)
        #expect(unit.sections == ["Unit", "Swap", "Install"])
        #expect(unit.value("What", in: "Unit") == nil)
    }

    @Test("joins continued lines, comments between them left out")
    func continuation() {
        let unit = UnitFile(parsing: "[Unit]\nAfter=a \\\n# between\n  b\\\n c\nBefore=x\\\\\nWants=y\n")
        #expect(unit.value("After", in: "Unit") == "a  b c")
        #expect(unit.value("Before", in: "Unit") == "x\\\\")
        #expect(unit.list("Wants", in: "Unit").first?.line == 7)
        #expect(unit.list("After", in: "Unit").first?.line == 2)
    }

    @Test("takes a continuation at the end of the file as it is")
    func openEnd() {
        #expect(UnitFile(parsing: "[Unit]\nAfter=a \\").value("After", in: "Unit") == "a")
        #expect(UnitFile(parsing: "[Unit]\nAfter=a \\ \nB=c").value("B", in: "Unit") == "c")
    }

    @Test("an empty assignment resets a list, over drop-ins as well")
    func reset() {
        let unit = UnitFile(parsing: "[Unit]\nConditionPathExists=/a\n[Unit]\nConditionPathExists=/b\n")
        #expect(unit.list("ConditionPathExists", in: "Unit").map(\.value) == ["/a", "/b"])
        let dropIn = UnitFile(parsing: "[Unit]\nConditionPathExists=\nConditionPathExists=!/c\n")
        #expect(unit.adding(dropIn).list("ConditionPathExists", in: "Unit").map(\.value) == ["!/c"])
        #expect(
            unit.adding(UnitFile(parsing: "[Unit]\nConditionPathExists=")).value("ConditionPathExists", in: "Unit")
                == nil)
    }

    @Test("lists the lines that systemd ignores")
    func malformed() {
        let unit = UnitFile(parsing: "a=b\n[Unit\n[Unit]\nfoo\n=x\nA=b\n")
        #expect(unit.malformed.map(\.line) == [1, 2, 4, 5])
        #expect(unit.assignments.map(\.key) == ["A"])
    }
}

@Suite("zram-generator configuration")
struct ZramConfigurationTests {
    @Test("lists the devices by number, a later file over an earlier one")
    func devices() {
        let main = UnitFile(parsing: "[zram1]\nzram-size=ram/4\n[zram0]\nhost-memory-limit = 2048\n[other]\n[zramx]\n")
        let dropIn = UnitFile(parsing: "[zram0]\nhost-memory-limit=none\n[zram10]\nzram-size=0\n")
        let devices = ZramConfiguration([main, dropIn]).devices
        #expect(devices.map(\.name) == ["zram0", "zram1", "zram10"])
        #expect(devices.map { $0.isMade(memoryMiB: 8192) } == [true, true, false])
        #expect(devices[1].size == "ram/4")
        #expect(ZramConfiguration([main]).devices[0].isMade(memoryMiB: 2048))
        #expect(!ZramConfiguration([main]).devices[0].isMade(memoryMiB: 2049))
    }

    @Test("a device with a file system is no swap")
    func fileSystem() {
        let text = "[zram0]\n[zram1]\nmount-point=/run/z\n[zram2]\nfs-type=ext4\n[zram3]\nfs-type=swap\n"
        #expect(ZramConfiguration([UnitFile(parsing: text)]).devices.map(\.isSwap) == [true, false, false, true])
    }

    @Test("has no devices without files")
    func none() {
        #expect(ZramConfiguration([]).devices.isEmpty)
    }
}
