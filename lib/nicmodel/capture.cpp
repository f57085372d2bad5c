// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/capture.hpp"

#include <pcap/pcap.h>

namespace miniport::nicmodel {

static_assert(PCAP_ERRBUF_SIZE <= 256);

capture::~capture()
{
    if (in_ != nullptr)
        pcap_close(in_);
    if (out_ != nullptr)
        pcap_dump_close(out_);
    if (out_format_ != nullptr)
        pcap_close(out_format_);
}

bool capture::read_from(const char *path, bool again_and_again)
{
    if (in_ != nullptr)
        pcap_close(in_);
    path_ = path;
    again_ = again_and_again;
    in_ = pcap_open_offline(path, error_);
    if (in_ == nullptr)
        return false;
    if (pcap_datalink(in_) != DLT_EN10MB) {
        std::strcpy(error_, "not an Ethernet capture");
        pcap_close(in_);
        in_ = nullptr;
    }
    return in_ != nullptr;
}

bool capture::write_to(const char *path)
{
    out_format_ = pcap_open_dead(DLT_EN10MB, 65535);
    out_ = out_format_ == nullptr ? nullptr : pcap_dump_open(out_format_, path);
    if (out_ == nullptr && out_format_ != nullptr)
        std::strncpy(error_, pcap_geterr(out_format_), sizeof error_ - 1);
    return out_ != nullptr;
}

void capture::flush()
{
    if (out_ != nullptr)
        pcap_dump_flush(out_);
}

void capture::take(const frame &f)
{
    ++taken_;
    if (out_ == nullptr)
        return;
    const u64 now = clock_ == nullptr ? 0 : *clock_;
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(now / 1'000'000'000);
    header.ts.tv_usec = static_cast<suseconds_t>(now / 1000 % 1'000'000);
    header.caplen = header.len = f.length;
    pcap_dump(reinterpret_cast<u_char *>(out_), &header, f.data);
}

bool capture::give(frame &f)
{
    while (in_ != nullptr) {
        pcap_pkthdr *header = nullptr;
        const u_char *data = nullptr;
        if (pcap_next_ex(in_, &header, &data) != 1) {
            if (again_ && given_ != 0 && read_from(path_, true))
                continue;
            if (in_ != nullptr)
                pcap_close(in_);
            in_ = nullptr;
            return false;
        }
        if (header->caplen < header->len || header->caplen < 14) {
            ++skipped_;
            continue;
        }
        ++given_;
        f = {data, header->caplen, 0};
        if (f.length < 60) { // captured before it was padded
            padded_ = {};
            std::memcpy(padded_.data(), data, f.length);
            f = {padded_.data(), 60, 0};
        }
        return true;
    }
    return false;
}

} // namespace miniport::nicmodel
