#!/bin/sh
# Each memory order that the kernel's lock-free protocols carry is needed: without it, the explorer finds a failure.
exec tests/unit/explore/weaken.py $(grep -l '^// weaken:' tests/unit/explore_*.c)
