// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/tap.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace miniport::nicmodel {

tap::~tap()
{
    if (fd_ >= 0)
        ::close(fd_);
}

int tap::open(const char *name)
{
    const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (::ioctl(fd, TUNSETIFF, &request) != 0) {
        const int error = errno;
        ::close(fd);
        return -error;
    }
    fd_ = fd;
    return 0;
}

void tap::take(const frame &f)
{
    if (f.fcs_difference == 0)
        static_cast<void>(!::write(fd_, f.data, f.length)); // a full queue drops, as a switch does
}

bool tap::give(frame &f)
{
    const ssize_t n = ::read(fd_, buffer_.data(), buffer_.size());
    if (n <= 0)
        return false;
    auto length = static_cast<u32>(n);
    for (; length < 60; ++length) // the stack does not pad
        buffer_[length] = 0;
    f = {buffer_.data(), length, 0};
    return true;
}

} // namespace miniport::nicmodel
