// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The link interrupt, on EAL's interrupt thread: acknowledge, look at the link, tell the
// application. It takes no control lock, because halt waits for it while holding that.
#include <sys/eventfd.h>

#include "events.hpp"
#include "hw/chip_82574.hpp"
#include "link.hpp"
#include "log.hpp"
#include "port.hpp"
#include "removal.hpp"

namespace miniport {

namespace chip = hw::chip_82574;

namespace {

thread_local bool in_handler = false;

chip::interrupt_mode mode_of(const port &p) noexcept
{
    return rte_intr_type_get(p.interrupt()) == RTE_INTR_HANDLE_VFIO_MSIX
               ? chip::interrupt_mode::msi_x
               : chip::interrupt_mode::message_or_pin;
}

void on_interrupt(void *context) noexcept
{
    port &p = *static_cast<port *>(context);
    const service awaited{&p.life, callback::interrupt};
    if (!p.on_pci()) { // EAL reads a device's descriptor, but not an eventfd of ours
        eventfd_t ignored;
        ::eventfd_read(rte_intr_fd_get(p.interrupt()), &ignored);
    }
    const bool link_event = chip::acknowledge_interrupt(p.regs);
    rte_intr_ack(p.interrupt());
    if (!present(p) || !link_event || !refresh_link(p))
        return;
    in_handler = true;
    static_cast<void>(raise(p, RTE_ETH_EVENT_INTR_LSC)); // the port may be gone behind this line
    in_handler = false;
}

} // namespace

namespace held {

status interrupt_handler::acquire(port &p, std::uint16_t)
{
    if (rte_intr_callback_register(p.interrupt(), on_interrupt, &p) == 0)
        return status::ok;
    MINIPORT_LOG(ERR, life, p.name(), "cannot register the interrupt handler");
    return status::io_error;
}
void interrupt_handler::release(port &p, std::uint16_t) noexcept
{
    // Returns only when no handler is running (N51); from inside the handler it would wait for
    // itself, so the handler goes when it returns.
    if (in_handler && inside_callback_of(p))
        rte_intr_callback_unregister_pending(p.interrupt(), on_interrupt, &p, nullptr);
    else
        rte_intr_callback_unregister_sync(p.interrupt(), on_interrupt, &p);
}

status interrupt_vector::acquire(port &p, std::uint16_t)
{
    if (rte_intr_enable(p.interrupt()) == 0)
        return status::ok;
    MINIPORT_LOG(ERR, life, p.name(),
                 "the kernel gives no interrupt; try another --vfio-intr, or configure without "
                 "link events");
    return status::io_error;
}
void interrupt_vector::release(port &p, std::uint16_t) noexcept
{
    rte_intr_disable(p.interrupt());
}

status link_cause::acquire(port &p, std::uint16_t)
{
    chip::unmask_link_interrupt(p.regs, mode_of(p));
    refresh_link(p); // a change before this moment raised no interrupt
    return status::ok;
}
void link_cause::release(port &p, std::uint16_t) noexcept
{
    chip::mask_interrupts(p.regs);
}

} // namespace held
} // namespace miniport
