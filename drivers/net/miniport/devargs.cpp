// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "devargs.hpp"

#include <cstring>
#include <memory>

#include "log.hpp"

namespace miniport {

status parse(const rte_devargs *given, const char *device, device_arguments &out) noexcept
{
    if (given == nullptr || given->args == nullptr || given->args[0] == '\0')
        return status::ok;

    struct free_kvargs {
        void operator()(rte_kvargs *list) const noexcept { rte_kvargs_free(list); }
    };
    const std::unique_ptr<rte_kvargs, free_kvargs> list{rte_kvargs_parse(given->args, nullptr)};
    if (!list) {
        MINIPORT_LOG(ERR, init, device, "cannot read the device arguments \"%s\": write key=value",
                     given->args);
        return status::invalid;
    }
    for (unsigned i = 0; i < list->count; ++i) {
        const char *const key = list->pairs[i].key;
        const char *const value = list->pairs[i].value ? list->pairs[i].value : "";
        if (std::strcmp(key, "nvm_checksum") != 0) {
            MINIPORT_LOG(ERR, init, device,
                         "unknown device argument \"%s\"; known: nvm_checksum=strict|ignore", key);
            return status::invalid;
        }
        if (std::strcmp(value, "strict") != 0 && std::strcmp(value, "ignore") != 0) {
            MINIPORT_LOG(ERR, init, device, "nvm_checksum is strict or ignore, not \"%s\"", value);
            return status::invalid;
        }
        out.ignore_nvm_checksum = std::strcmp(value, "ignore") == 0;
    }
    return status::ok;
}

} // namespace miniport
