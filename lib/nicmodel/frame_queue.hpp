// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Frames waiting in order, each with a note: bounded in bytes and in frames, memory taken once, at
// the first frame (a wire without delay never queues).
#pragma once

#include <cassert>
#include <cstddef>
#include <vector>

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

template <class Note> class frame_queue {
public:
    frame_queue(u32 max_bytes, u32 max_frames) noexcept
        : max_bytes_{max_bytes}, max_frames_{max_frames}
    {}

    /// False where it does not fit.
    bool push(const frame &f, const Note &note)
    {
        if (records_.empty()) {
            records_.resize(max_frames_);
            store_.resize(max_bytes_);
        }
        if (frames_ == max_frames_)
            return false;
        u32 where = write_;
        if (frames_ == 0)
            where = read_ = write_ = 0;
        else if (where >= read_) {
            if (max_bytes_ - where < f.length) {
                if (read_ <= f.length) // == would look empty
                    return false;
                where = 0;
            }
        } else if (read_ - where <= f.length)
            return false;
        if (f.length > max_bytes_)
            return false;
        std::memcpy(store_.data() + where, f.data, f.length);
        records_[(first_ + frames_) % max_frames_] = {where, f.length, f.fcs_difference, note};
        write_ = where + f.length;
        bytes_ += f.length;
        ++frames_;
        return true;
    }

    [[nodiscard]] bool empty() const noexcept { return frames_ == 0; }
    [[nodiscard]] u32 frames() const noexcept { return frames_; }
    [[nodiscard]] u32 bytes() const noexcept { return bytes_; }

    [[nodiscard]] frame front() const noexcept
    {
        const record &r = records_[first_];
        return {store_.data() + r.where, r.length, r.fcs_difference};
    }
    [[nodiscard]] Note &note() noexcept { return records_[first_].note; }
    [[nodiscard]] const Note &note() const noexcept { return records_[first_].note; }

    void pop() noexcept
    {
        assert(frames_ > 0);
        bytes_ -= records_[first_].length;
        first_ = (first_ + 1) % max_frames_;
        --frames_;
        read_ = frames_ == 0 ? 0 : records_[first_].where;
        if (frames_ == 0)
            write_ = 0;
    }
    void clear() noexcept { first_ = frames_ = bytes_ = read_ = write_ = 0; }

private:
    struct record {
        u32 where, length, fcs_difference;
        Note note;
    };
    u32 max_bytes_, max_frames_;
    u32 first_ = 0, frames_ = 0, bytes_ = 0, read_ = 0, write_ = 0;
    std::vector<record> records_;
    std::vector<u8> store_;
};

} // namespace miniport::nicmodel
