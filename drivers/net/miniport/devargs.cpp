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

/// Copies a word that fits; false, after an error line, one that does not.
template <std::size_t Room>
bool copy(char (&to)[Room], const char *key, const char *value, const char *device) noexcept
{
    if (std::strlen(value) < Room) {
        std::strcpy(to, value);
        return true;
    }
    MINIPORT_LOG(ERR, init, device, "device argument %s is longer than %zu characters", key,
                 Room - 1);
    return false;
}

/// Whether `key` is a model's; `s` is then what became of it.
bool parse_model(const char *key, const char *value, const char *device, model_arguments &out,
                 status &s) noexcept
{
    bool fits = true;
    if (std::strcmp(key, "wire") == 0) {
        fits = copy(out.wire, key, value, device);
    } else if (std::strcmp(key, "fault") == 0) {
        fits = out.fault_count < out.most_faults &&
               copy(out.faults[out.fault_count++], key, value, device);
    } else if (std::strcmp(key, "nic") == 0) {
        fits = std::strcmp(value, "82574") == 0;
        if (!fits)
            MINIPORT_LOG(ERR, init, device, "there is no model of \"%s\"; known: nic=82574", value);
    } else {
        return false;
    }
    s = fits ? status::ok : status::invalid;
    return true;
}

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

status parse(const char *given, const char *device, device_arguments &out,
             model_arguments *model) noexcept
{
    if (given == nullptr || given[0] == '\0')
        return status::ok;

    struct free_kvargs {
        void operator()(rte_kvargs *list) const noexcept { rte_kvargs_free(list); }
    };
    const std::unique_ptr<rte_kvargs, free_kvargs> list{rte_kvargs_parse(given, nullptr)};
    if (!list) {
        MINIPORT_LOG(ERR, init, device, "cannot read the device arguments \"%s\"; write key=value",
                     given);
        return status::invalid;
    }
    for (unsigned i = 0; i < list->count; ++i) {
        const char *const key = list->pairs[i].key;
        const char *const value = list->pairs[i].value ? list->pairs[i].value : "";
        status s = status::ok;
        if (model == nullptr || !parse_model(key, value, device, *model, s))
            s = parse_one(key, value, device, out);
        if (failed(s))
            return s;
    }
    return status::ok;
}

} // namespace miniport
