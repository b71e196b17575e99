"""Threads of a computation that wait for each other sleep, and leave their core to others.

Imported first, for the library behind torch (OpenMP) reads the setting once, when it is loaded. By
default a waiting thread spins. Where the cores are busy, with other visitors, their browsers or a
training, the one that is waited for cannot run meanwhile: on two busy cores a face was explained
in 7 to 21 s instead of 2 to 5, with up to eight times the processor time; on two quiet ones sleep
costs nothing. The processes that the app starts inherit the setting; who has made it keeps it.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
