# Everything that is done with this project, by name: `make help`, or `make` alone, shows the names.
#
# Two things are built, each in a folder of its own, so that neither undoes the other: the debug build with its tests
# in .build, the release in .build-release.

SWIFT ?= swift
prefix ?= /usr/local
sysconfdir ?= /etc
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
mandir ?= $(prefix)/share/man
# Where each shell looks for the completions of packages.
bashdir ?= $(prefix)/share/bash-completion/completions
zshdir ?= $(prefix)/share/zsh/vendor-completions
fishdir ?= $(prefix)/share/fish/vendor_completions.d
DESTDIR ?=

release := .build-release
# Where `install` takes the programs from; the package's build names the folder of a release that is there already.
BINARIES ?= $(release)/stripped

swift_folders := Package.swift Sources Tests
scripts := $(shell grep -lrE --exclude-dir=IntegrationTests --exclude-dir=Fixtures '^\#!/bin/(ba)?sh' .ci Tests debian/rules debian/*.p* 2>/dev/null)
units := $(wildcard systemd/*.service systemd/*.socket)
# A scenario is quick unless it is named here.
LAB_SLOW ?= nasty.sh faults.sh cleanup.sh attack.sh reboot-truth.sh classroom.sh cards.sh deploy.sh
LAB_QUICK ?= $(filter-out lib.sh $(LAB_SLOW),$(sort $(notdir $(wildcard Tests/Lab/scenarios/*.sh))))

# Swift builds on all cores by itself; two of its builds side by side only get in each other's way.
.NOTPARALLEL:
.SUFFIXES:
.PHONY: help deps build unit integration integration-release test lab lab-quick lab-suites release guard deb parity install uninstall lint format bench fuzz sanitize clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' Makefile

deps: ## install the Debian packages that are missing (as root), and check the Swift toolchain
	Tests/Guard/prerequisites

build: ## build everything and its tests, imports checked against Package.swift
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error

# Few tests at a time: many of them talk to sockets, children and other threads, and on two cores a crowd of them starves
# the ones that wait.
unit: build ## run the tests that need nothing but a checkout; FILTER= names some, RECORD=1 rewrites golden files, RECORDS=ID,ID takes some requirements, RECORDS=1/8 every eighth record
	SWIFT=$(SWIFT) Tests/Guard/unit '$(FILTER)'

integration: ## run the tests of our programs on real sockets and name spaces
	SWIFT=$(SWIFT) Tests/Guard/swift-test --filter IntegrationTests

# An optimised build ends values earlier than a debug build does: what is shipped is tested itself.
integration-release: release build ## run the same tests on the programs to ship
	SWIFT=$(SWIFT) NUCPREP_PROGRAMS=$(abspath $(BINARIES)) Tests/Guard/swift-test --filter IntegrationTests

test: deps lint build unit integration-release guard lab-quick ## the whole verdict: what judges, above and below; integration on the programs to ship

lab: deps deb ## the demonstration: three booted nodes, NO-GO, the daemon's work, GO, a reboot, GO proven (root)
	Tests/Lab/demo

lab-quick: deb ## run the quick scenarios in booted nodes (root); LAB_QUICK= names them
	@test -n "$(strip $(LAB_QUICK))" || echo "lab-quick: left out, LAB_QUICK names no scenario"
	$(foreach scenario,$(LAB_QUICK),Tests/Lab/scenarios/$(scenario) &&) true

release: ## build the two programs to ship, without debug information, in .build-release/stripped
	$(SWIFT) build $(release_flags) --product nucprepd
	$(SWIFT) build $(release_flags) --product nucprep
	mkdir -p $(release)/stripped
	strip --strip-unneeded -o $(release)/stripped/nucprepd $(release)/release/nucprepd
	strip --strip-unneeded -o $(release)/stripped/nucprep $(release)/release/nucprep
	Tests/Guard/third-party $(release)/checkouts $(release)/stripped/third-party

# The Swift runtime is linked in, so that a node needs no toolchain; all symbols are bound at start and then read-only.
release_flags := -c release --scratch-path $(release) --static-swift-stdlib --disable-local-rpath \
    -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro -Xlinker --build-id

lab-suites: deb ## run the large scenarios on all Debian releases that are supported, an hour or more (root)
	$(foreach suite,bookworm trixie sid,$(foreach scenario,manual.sh nasty.sh prepare.sh broken.sh pod.sh,Tests/Lab/scenarios/$(scenario) $(suite) &&)) true

guard: release ## judge what is shipped: symbols, sizes, units, sandbox, catalogue, versions, texts
	Tests/Guard/guard $(BINARIES)

deb: release ## make .deb/nucprep_VERSION_ARCHITECTURE.deb, judged by lintian
	Tests/Guard/package $(abspath $(BINARIES)) .deb

install: ## put a release in place; honours DESTDIR and prefix (/usr/local)
	@test -x $(BINARIES)/nucprepd || { echo "cannot install $(BINARIES)/nucprepd: it is not there; make release first" >&2; exit 1; }
	install -D -m 0755 $(BINARIES)/nucprepd $(DESTDIR)$(sbindir)/nucprepd
	install -D -m 0755 $(BINARIES)/nucprep $(DESTDIR)$(bindir)/nucprep
	install -d $(DESTDIR)$(libdir)/systemd/system/kubelet.service.d
	install -m 0644 $(units) $(DESTDIR)$(libdir)/systemd/system/
	sed -i 's|/usr/sbin/nucprepd|$(sbindir)/nucprepd|g' $(patsubst systemd/%,$(DESTDIR)$(libdir)/systemd/system/%,$(units))
	install -m 0644 systemd/kubelet.service.d/20-nucprep.conf $(DESTDIR)$(libdir)/systemd/system/kubelet.service.d/20-nucprep.conf
	install -D -m 0644 systemd/nucprep.catalog $(DESTDIR)$(libdir)/systemd/catalog/nucprep.catalog
	install -D -m 0644 systemd/nucprep.sysusers $(DESTDIR)$(libdir)/sysusers.d/nucprep.conf
	install -D -m 0644 systemd/nucprep.tmpfiles $(DESTDIR)$(libdir)/tmpfiles.d/nucprep.conf
	install -D -m 0644 debian/man/nucprep.1 $(DESTDIR)$(mandir)/man1/nucprep.1
	install -D -m 0644 debian/man/nucprep.toml.5 $(DESTDIR)$(mandir)/man5/nucprep.toml.5
	install -D -m 0644 debian/man/nucprepd.8 $(DESTDIR)$(mandir)/man8/nucprepd.8
	install -d $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	# It is read by the shell, and run by nobody.
	$(BINARIES)/nucprep --generate-completion-script bash | sed '1{/^#!/d;}' >$(DESTDIR)$(bashdir)/nucprep
	$(BINARIES)/nucprep --generate-completion-script zsh >$(DESTDIR)$(zshdir)/_nucprep
	$(BINARIES)/nucprep --generate-completion-script fish >$(DESTDIR)$(fishdir)/nucprep.fish
	test -e $(DESTDIR)$(sysconfdir)/nucprep/nucprep.toml || install -D -m 0644 etc/nucprep/nucprep.toml $(DESTDIR)$(sysconfdir)/nucprep/nucprep.toml
	@test -n "$(DESTDIR)" || echo "now, as root: systemd-sysusers; systemd-tmpfiles --create; journalctl --update-catalog; systemctl daemon-reload; systemctl enable --now nucprepd.service"

uninstall: ## take away what install put in place; configuration and state stay
	@test -n "$(DESTDIR)" || echo "if it still runs: systemctl disable --now nucprepd.service nucprepd.socket nucprep-reach.socket"
	rm -f $(DESTDIR)$(sbindir)/nucprepd $(DESTDIR)$(bindir)/nucprep
	rm -f $(patsubst systemd/%,$(DESTDIR)$(libdir)/systemd/system/%,$(units))
	rm -f $(DESTDIR)$(libdir)/systemd/system/kubelet.service.d/20-nucprep.conf
	rm -f $(DESTDIR)$(libdir)/systemd/catalog/nucprep.catalog
	rm -f $(DESTDIR)$(libdir)/sysusers.d/nucprep.conf $(DESTDIR)$(libdir)/tmpfiles.d/nucprep.conf
	rm -f $(DESTDIR)$(bashdir)/nucprep $(DESTDIR)$(zshdir)/_nucprep $(DESTDIR)$(fishdir)/nucprep.fish
	rm -f $(DESTDIR)$(mandir)/man1/nucprep.1 $(DESTDIR)$(mandir)/man5/nucprep.toml.5 $(DESTDIR)$(mandir)/man8/nucprepd.8

parity: deb ## compare with kubeadm's own checks on broken nodes; builds kubeadm once, half an hour or more (root)
	Tests/Parity/parity

lint: ## judge the form of Swift sources, scripts and manual pages
	$(SWIFT) format lint --strict -r $(swift_folders)
	shellcheck --external-sources --source-path=SCRIPTDIR $(scripts)
	for page in debian/man/*; do groff -man -Tutf8 -ww -z "$$page" 2>&1; done | { ! grep .; }

format: ## bring Swift sources into form
	$(SWIFT) format -i -r $(swift_folders)

bench: release ## print measurements beside a peer or a floor, and the growth of parsers; LAB=1 adds booted nodes
	$(SWIFT) build $(release_flags) --product parser-growth
	Tests/Benchmarks/bench $(BINARIES) $(release)/release/parser-growth

# Seconds for all fuzz targets of one sanitizer together, on one processor; each target has its share.
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?=

fuzz: ## feed every parser with made-up input for FUZZ_SECONDS (600); FUZZ_TARGETS= names some
	SWIFT=$(SWIFT) Tests/Fuzz/fuzz address $(FUZZ_SECONDS) $(FUZZ_TARGETS)

sanitize: ## run unit tests and a fuzz minute each under the address and the thread sanitizer
	SWIFT=$(SWIFT) Tests/Fuzz/sanitize address thread

clean: ## remove what was built; the lab's state stays (Tests/Lab/lab down)
	rm -rf .build $(release) .build-fuzz .build-fuzz-thread .build-address .build-thread .deb
