// The parts of libsystemd that the Systemd module speaks to; nothing above LIBSYSTEMD_249 may be called.
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
