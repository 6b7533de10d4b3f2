# Says that the sources of this folder are one program, with which its tests are linked.
