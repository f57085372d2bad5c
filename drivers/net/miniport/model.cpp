// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "model.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <sys/eventfd.h>
#include <unistd.h>

#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>

#include "attach.hpp"
#include "log.hpp"
#include "nicmodel/model.hpp"
#include "nicmodel/tap.hpp"

namespace miniport {
namespace {

constexpr const char *driver_name = "net_miniport_model";

/// A software NIC and what connects it to this process.
struct nic {
    nic(const char *device, const nicmodel::options &how) : chip{model_lab(), how}
    {
        std::snprintf(name, sizeof name, "%s", device);
        chip.interrupts_to(nicmodel::interrupt_kind::msi, signal_event, this);
    }
    ~nic()
    {
        rte_intr_instance_free(interrupt);
        if (event >= 0)
            ::close(event);
    }
    nic(const nic &) = delete;
    nic &operator=(const nic &) = delete;

    static void signal_event(void *self, unsigned) noexcept
    {
        ::eventfd_write(static_cast<const nic *>(self)->event, 1);
    }

    std::unique_ptr<nicmodel::tap> tap; ///< where the wire leads to the network stack
    nicmodel::model chip;
    int event = -1;
    rte_intr_handle *interrupt = nullptr;
    char name[RTE_ETH_NAME_MAX_LEN] = "";
    char wire[sizeof model_arguments::wire] = "";
    bool connected = false;
};

/// By the number that hw::io has. Never destroyed: a process may exit with its ports open, and its
/// other threads go on until the very end.
auto &nics = *new std::array<std::unique_ptr<nic>, nicmodel::lab::max_models + 1>{};

std::uint8_t free_number() noexcept
{
    for (std::size_t n = 1; n < nics.size(); ++n)
        if (!nics[n])
            return static_cast<std::uint8_t>(n);
    return hw::io::none;
}

std::uint8_t number_of(const char *device) noexcept
{
    for (std::size_t n = 1; n < nics.size(); ++n)
        if (nics[n] && std::strcmp(nics[n]->name, device) == 0)
            return static_cast<std::uint8_t>(n);
    return hw::io::none;
}

unsigned instance(const char *name) noexcept
{
    return static_cast<unsigned>(std::strtoul(name + std::strlen(driver_name), nullptr, 10));
}

/// With IOVA = VA, as without an IOMMU nobody asks for more, addresses are what they are.
void *from_physical(void *, std::uint64_t iova, std::uint64_t) noexcept
{
    return rte_mem_iova2virt(iova);
}

/// Finds the other end of a named wire among the models that still wait for one.
nic *other_end(const nic &self) noexcept
{
    for (const auto &n : nics)
        if (n && n.get() != &self && !n->connected && std::strcmp(n->wire, self.wire) == 0)
            return n.get();
    return nullptr;
}

status connect(nic &self, const char *wire, const char *device) noexcept
{
    nicmodel::lab &lab = model_lab();
    if (std::strcmp(wire, "none") == 0)
        return status::ok;
    if (std::strcmp(wire, "loop") == 0) {
        lab.connect_to_itself(self.chip);
        self.connected = true;
        return status::ok;
    }
    constexpr const char tap_prefix[] = "tap:";
    if (std::strncmp(wire, tap_prefix, sizeof tap_prefix - 1) == 0) {
        self.tap.reset(new (std::nothrow) nicmodel::tap);
        const char *const interface = wire + sizeof tap_prefix - 1;
        const int error = self.tap ? self.tap->open(interface) : -ENOMEM;
        if (error != 0) {
            MINIPORT_LOG(ERR, init, device, "cannot open the TAP interface %s: %s", interface,
                         std::strerror(-error));
            return status::io_error;
        }
        lab.connect(self.chip, *self.tap);
        self.connected = true;
        return status::ok;
    }
    std::snprintf(self.wire, sizeof self.wire, "%s", wire);
    if (nic *const peer = other_end(self)) {
        lab.connect(self.chip, peer->chip);
        self.connected = peer->connected = true;
    }
    return status::ok;
}

/// "name:number".
status set_fault(nic &self, const char *text, const char *device) noexcept
{
    const char *const colon = std::strchr(text, ':');
    for (std::size_t f = 0; colon != nullptr && f < nicmodel::fault_count; ++f) {
        const auto fault = static_cast<nicmodel::fault>(f);
        const char *const name = nicmodel::name_of(fault);
        const auto length = static_cast<std::size_t>(colon - text);
        if (std::strlen(name) != length || std::strncmp(name, text, length) != 0)
            continue;
        self.chip.fault().set(fault, std::strtoull(colon + 1, nullptr, 0));
        return status::ok;
    }
    MINIPORT_LOG(ERR, init, device,
                 "no fault \"%s\"; write fault=NAME:NUMBER with a name of nicmodel/faults.hpp",
                 text);
    return status::invalid;
}

bool prepare_interrupt(nic &n) noexcept
{
    n.event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    n.interrupt = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
    return n.event >= 0 && n.interrupt != nullptr &&
           rte_intr_type_set(n.interrupt, RTE_INTR_HANDLE_VDEV) == 0 &&
           rte_intr_fd_set(n.interrupt, n.event) == 0;
}

status build(std::uint8_t number, const char *name, const model_arguments &arguments) noexcept
{
    nicmodel::options how;
    how.mac[5] = static_cast<std::uint8_t>(instance(name));
    how.timing = nicmodel::latencies::immediate();
    std::unique_ptr<nic> made{new (std::nothrow) nic{name, how}};
    if (!made || !prepare_interrupt(*made)) {
        MINIPORT_LOG(ERR, init, name, "no memory or no eventfd for the model");
        return status::no_memory;
    }
    if (rte_eal_iova_mode() == RTE_IOVA_PA)
        made->chip.translate_with(from_physical, nullptr);

    char pair[sizeof arguments.wire];
    std::snprintf(pair, sizeof pair, "pair %u", instance(name) / 2);
    if (const status s = connect(*made, arguments.wire[0] ? arguments.wire : pair, name);
        failed(s))
        return s;
    for (unsigned i = 0; i < arguments.fault_count; ++i)
        if (const status s = set_fault(*made, arguments.faults[i], name); failed(s))
            return s;

    hw::io::backends[number] = &made->chip;
    nics[number] = std::move(made);
    model_lab().start();
    return status::ok;
}

void demolish(std::uint8_t number) noexcept
{
    const bool last = [number] {
        for (std::size_t n = 1; n < nics.size(); ++n)
            if (n != number && nics[n])
                return false;
        return true;
    }();
    if (last)
        model_lab().stop();
    // The far end may be wired anew.
    for (const auto &n : nics)
        if (n && nics[number] && n->wire[0] && std::strcmp(n->wire, nics[number]->wire) == 0)
            n->connected = false;
    nics[number].reset();
    hw::io::backends[number] = nullptr;
}

int add(rte_vdev_device *vdev, std::uint8_t number, const device_arguments &arguments) noexcept
{
    rte_eth_dev *const device = rte_eth_vdev_allocate(vdev, sizeof(port));
    if (device == nullptr)
        return -ENOMEM;
    device->intr_handle = nics[number]->interrupt;
    device->data->dev_flags |= RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV;
    if (const int result = attach(*device, hw::io{number}, arguments); result != 0) {
        rte_eth_dev_release_port(device);
        return result;
    }
    rte_eth_dev_probing_finish(device);
    return 0;
}

} // namespace

nicmodel::model *model_of(const port &p) noexcept
{
    const std::uint8_t n = number_of(p.name());
    return n == hw::io::none ? nullptr : &nics[n]->chip;
}

nicmodel::lab &model_lab() noexcept
{
    static auto &the_lab = *new nicmodel::lab;
    return the_lab;
}

} // namespace miniport

extern "C" int miniport_model_probe(rte_vdev_device *vdev)
{
    using namespace miniport;
    const char *const name = rte_vdev_device_name(vdev);
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
        MINIPORT_LOG(ERR, init, name, "a model lives in the process that made it; secondary "
                                      "processes cannot share it");
        return -ENOTSUP;
    }
    device_arguments arguments;
    model_arguments model;
    if (const status s = parse(rte_vdev_device_args(vdev), name, arguments, &model); failed(s))
        return to_errno(s);
    const std::uint8_t number = free_number();
    if (number == hw::io::none) {
        MINIPORT_LOG(ERR, init, name, "there are %u models already",
                     nicmodel::lab::max_models);
        return -ENOSPC;
    }
    if (const status s = build(number, name, model); failed(s))
        return to_errno(s);
    const int result = add(vdev, number, arguments);
    if (result != 0)
        demolish(number);
    return result;
}

extern "C" int miniport_model_remove(rte_vdev_device *vdev)
{
    using namespace miniport;
    const char *const name = rte_vdev_device_name(vdev);
    if (rte_eth_dev *const device = rte_eth_dev_allocated(name)) {
        static_cast<void>(detach(device));
        rte_eth_dev_release_port(device);
    }
    if (const std::uint8_t number = number_of(name); number != hw::io::none)
        demolish(number);
    return 0;
}
