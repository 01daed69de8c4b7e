#!/usr/bin/env python3
"""Compiles kernels.cu to kernels.ptx, the intermediate code that the driver compiles for its device.

Needs NVRTC as in requirements.txt: PTX of a later one would need a later driver. No GPU and no driver are needed.
With --check nothing is written: the exit code says whether kernels.ptx is what the sources give.
"""

import ctypes
import importlib.util
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
# The engine's results are bit for bit the same without fused multiply-add; compute_70 is the oldest architecture that
# lets threads of a warp wait for other warps.
OPTIONS = ["--std=c++17", "--gpu-architecture=compute_70", "--fmad=false"]


def library():
    package = importlib.util.find_spec("nvidia.cuda_nvrtc")
    if package is None:
        sys.exit(f"NVRTC is missing: pip install -r {HERE / 'requirements.txt'}")
    folder = pathlib.Path(package.submodule_search_locations[0])
    return ctypes.CDLL(str(folder / "lib" / "libnvrtc.so.12"))


def compiled():
    nvrtc = library()
    names = sorted(path.name for path in HERE.glob("*.cuh"))
    texts = [(HERE / name).read_bytes() for name in names]
    headers = (ctypes.c_char_p * len(names))(*texts)
    includes = (ctypes.c_char_p * len(names))(*(name.encode() for name in names))
    program = ctypes.c_void_p()
    source = (HERE / "kernels.cu").read_bytes()
    check(nvrtc, nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"kernels.cu", len(names), headers, includes))
    options = (ctypes.c_char_p * len(OPTIONS))(*(option.encode() for option in OPTIONS))
    result = nvrtc.nvrtcCompileProgram(program, len(OPTIONS), options)
    log = text(nvrtc, nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
    if log:
        print(log, file=sys.stderr)
    check(nvrtc, result)
    return text(nvrtc, nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, program)


def text(nvrtc, size_of, get, program):
    size = ctypes.c_size_t()
    check(nvrtc, size_of(program, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    check(nvrtc, get(program, buffer))
    return buffer.value.decode().strip("\0\n")


def check(nvrtc, result):
    if result != 0:
        nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p
        sys.exit(f"NVRTC: {nvrtc.nvrtcGetErrorString(result).decode()}")


def main():
    target = HERE / "kernels.ptx"
    code = compiled() + "\n"
    if sys.argv[1:] == ["--check"]:
        if target.read_text() != code:
            sys.exit(f"{target} is not what its sources give: run {HERE / 'compile.py'}")
    else:
        target.write_text(code)


main()
