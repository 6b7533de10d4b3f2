# For programs on Skein's board @BOARD@: cmake --toolchain this-file. All flags are here, so that libraries are built with them
# too: on some boards a register is Skein's.
set(CMAKE_SYSTEM_NAME Generic)
set(Skein_BOARD @BOARD@)
set(Skein_DIR_OF_BOARD "${CMAKE_CURRENT_LIST_DIR}")
get_filename_component(Skein_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(Skein_DIR "${Skein_PREFIX}/lib/cmake/Skein")

find_program(Skein_CC @CROSS@gcc)
if(NOT Skein_CC)
	message(FATAL_ERROR "Skein: @CROSS@gcc is missing; Debian has it in these packages: @PACKAGES@")
endif()
find_program(Skein_CXX @CROSS@g++)
set(CMAKE_C_COMPILER "${Skein_CC}")
set(CMAKE_ASM_COMPILER "${Skein_CC}")
if(Skein_CXX)
	set(CMAKE_CXX_COMPILER "${Skein_CXX}")
endif()
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a program needs libskein.a
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
set(CMAKE_EXECUTABLE_SUFFIX_CXX .elf)
set(CMAKE_EXECUTABLE_SUFFIX_ASM .elf)

execute_process(COMMAND "${Skein_CC}" -print-file-name=include OUTPUT_VARIABLE Skein_GCC OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(Skein_GCC "${Skein_GCC}" DIRECTORY)
set(CMAKE_C_FLAGS_INIT "@FLAGS@")
set(CMAKE_ASM_FLAGS_INIT "${CMAKE_C_FLAGS_INIT}")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT} -fno-exceptions -fno-rtti -isystem ${Skein_DIR_OF_BOARD}/include/cxx")

set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY) # nothing of this machine's
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR "${Skein_PREFIX}/bin/skein-run") # for add_test
