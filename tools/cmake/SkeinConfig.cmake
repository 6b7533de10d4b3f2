# find_package(Skein) gives the target Skein::Skein and
#
#   skein_executable(app main.c more.c ...)   a program, as add_executable makes one. An executable that is there becomes one.
#
# with targets that run it in QEMU (run-app) and bring it to the board (flash-app). The first program's are also called run and
# flash. SKEIN_RUN and SKEIN_FLASH are lists of what these are told: -DSKEIN_RUN="CORES=2;ARGS=a b", -DSKEIN_FLASH="CARD=/media/sd".
# add_test(NAME app COMMAND app) runs it under CTest.
get_filename_component(Skein_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT Skein_BOARD)
	file(GLOB boards RELATIVE "${Skein_PREFIX}/lib/skein" "${Skein_PREFIX}/lib/skein/*")
	string(REPLACE ";" ", " boards "${boards}")
	message(FATAL_ERROR "Skein: no board is chosen; configure with --toolchain ${Skein_PREFIX}/lib/skein/BOARD/toolchain.cmake "
		"in an empty build folder, where BOARD is one of: ${boards}")
endif()
set(SKEIN_RUN "" CACHE STRING "words for skein-run")
set(SKEIN_FLASH "" CACHE STRING "words for skein-flash")

if(NOT TARGET Skein::Skein)
	add_library(Skein::Skein INTERFACE IMPORTED)
	set(_skein "${Skein_PREFIX}/lib/skein/${Skein_BOARD}")
	set_target_properties(Skein::Skein PROPERTIES
		INTERFACE_LINK_OPTIONS "-nostdlib;-static;LINKER:--gc-sections,--build-id=none,--no-warn-rwx-segments;-T;${_skein}/skein.ld;-L${_skein}"
		INTERFACE_LINK_LIBRARIES "${_skein}/libskein.a;-Wl,--start-group;-lc;-lm;-lgcc;-Wl,--end-group"
		INTERFACE_LINK_DEPENDS "${_skein}/skein.ld;${_skein}/libskein.a;${_skein}/libc.a")
endif()

function(skein_executable target)
	if(NOT TARGET ${target})
		add_executable(${target} ${ARGN})
	elseif(ARGN)
		target_sources(${target} PRIVATE ${ARGN})
	endif()
	target_link_libraries(${target} PRIVATE Skein::Skein)
	set_target_properties(${target} PROPERTIES SUFFIX .elf RULE_LAUNCH_LINK "${Skein_PREFIX}/bin/skein-link")
	foreach(what run flash)
		string(TOUPPER ${what} words)
		add_custom_target(${what}-${target} COMMAND "${Skein_PREFIX}/bin/skein-${what}" $<TARGET_FILE:${target}> ${SKEIN_${words}}
			DEPENDS ${target} USES_TERMINAL VERBATIM)
		if(NOT TARGET ${what})
			add_custom_target(${what} DEPENDS ${what}-${target})
		endif()
	endforeach()
endfunction()
