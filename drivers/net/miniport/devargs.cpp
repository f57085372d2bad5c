// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "devargs.hpp"

#include <cstring>
#include <memory>

#include "log.hpp"

namespace miniport {
namespace {

struct argument {
    const char *key;
    const char *off; ///< the default
    const char *on;
    bool device_arguments::*value;
};
constexpr argument known[] = {
    {"nvm_checksum", "strict", "ignore", &device_arguments::ignore_nvm_checksum},
    {"watchdog", "off", "on", &device_arguments::watchdog},
    {"shutdown_on_signal", "off", "on", &device_arguments::shutdown_on_signal},
};
constexpr const char *known_text =
    "nvm_checksum=strict|ignore, watchdog=off|on, shutdown_on_signal=off|on";

status parse_one(const char *key, const char *value, const char *device,
                 device_arguments &out) noexcept
{
    for (const argument &a : known) {
        if (std::strcmp(key, a.key) != 0)
            continue;
        const bool on = std::strcmp(value, a.on) == 0;
        if (!on && std::strcmp(value, a.off) != 0) {
            MINIPORT_LOG(ERR, init, device, "device argument %s is %s or %s, not \"%s\"", key,
                         a.off, a.on, value);
            return status::invalid;
        }
        out.*a.value = on;
        return status::ok;
    }
    MINIPORT_LOG(ERR, init, device, "unknown device argument \"%s\"; known: %s", key, known_text);
    return status::invalid;
}

} // namespace

status parse(const rte_devargs *given, const char *device, device_arguments &out) noexcept
{
    if (given == nullptr || given->args == nullptr || given->args[0] == '\0')
        return status::ok;

    struct free_kvargs {
        void operator()(rte_kvargs *list) const noexcept { rte_kvargs_free(list); }
    };
    const std::unique_ptr<rte_kvargs, free_kvargs> list{rte_kvargs_parse(given->args, nullptr)};
    if (!list) {
        MINIPORT_LOG(ERR, init, device, "cannot read the device arguments \"%s\"; write key=value",
                     given->args);
        return status::invalid;
    }
    for (unsigned i = 0; i < list->count; ++i) {
        const char *const value = list->pairs[i].value;
        if (const status s = parse_one(list->pairs[i].key, value ? value : "", device, out);
            failed(s))
            return s;
    }
    return status::ok;
}

} // namespace miniport
