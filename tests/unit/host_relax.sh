#!/bin/sh
# Without the memory orders of locks, channels and mutexes ThreadSanitizer reports a race.
exec tests/unit/host/relax.py $(grep -l '^// relax:' tests/unit/*.c)
