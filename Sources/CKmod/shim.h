// libkmod, as the Kmod module speaks to it.
#pragma once

#include <libkmod.h>
