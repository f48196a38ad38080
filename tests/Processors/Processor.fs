namespace QuantFunctional.Processors

/// How a processor is had.
[<RequireQualifiedAccess>]
type Machine =
    /// The one that is here.
    | Native
    /// An x86-64 processor that qemu knows by this name.
    | X64 of Cpu: string
    /// An ARM64 processor that qemu knows by this name; features and part number are what Linux tells of it.
    | Arm64 of Cpu: string * Features: string * Part: string
    /// WebAssembly in Node.
    | Wasm
    /// The processor that is here, with another release of ONNX Runtime.
    | Release of Version: string

/// A processor on which ONNX Runtime can be run.
type Processor =
    {
        /// The name on the command line.
        Name: string
        /// What it stands for.
        Meaning: string
        Machine: Machine
    }

[<RequireQualifiedAccess>]
module Processor =

    /// The name of the processor that the others are compared with.
    let native = "native"

    let private oldFeatures = "fp asimd evtstrm crc32 cpuid"

    let private newFeatures =
        "fp asimd evtstrm crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"

    /// All of them.
    let all: Processor list =
        [
            {
                Name = native
                Meaning = "the processor that is here"
                Machine = Machine.Native
            }
            {
                Name = "avx2"
                Meaning = "x64 with AVX2 and FMA, without VNNI (Intel Haswell)"
                Machine = Machine.X64 "Haswell"
            }
            {
                Name = "sse"
                Meaning = "x64 with SSE4.2 alone, without FMA (Intel Nehalem)"
                Machine = Machine.X64 "Nehalem"
            }
            {
                Name = "a53"
                Meaning = "ARM64 without dot products (Cortex-A53)"
                Machine = Machine.Arm64("cortex-a53", oldFeatures, "0xd03")
            }
            {
                Name = "a76"
                Meaning = "ARM64 with dot products (Cortex-A76)"
                Machine = Machine.Arm64("cortex-a76", newFeatures, "0xd0b")
            }
            {
                Name = "armmax"
                Meaning = "ARM64 with all that qemu knows, matrix products of bytes among it"
                Machine = Machine.Arm64("max", newFeatures + " asimdfhm i8mm bf16", "0xd40")
            }
            {
                Name = "wasm"
                Meaning = "WebAssembly with vectors, one thread"
                Machine = Machine.Wasm
            }
        ]

    /// The releases of ONNX Runtime that are kept beside the processors; others can be had by name, too.
    let releases: string list = [ "1.14.0"; "1.16.3"; "1.20.1"; "1.24.3"; "1.30.0" ]

    /// This processor with a release of ONNX Runtime; none where the name is not one of a release.
    let release (name: string) : Processor option =
        if System.Text.RegularExpressions.Regex.IsMatch(name, @"^1\.[0-9]{1,3}\.[0-9]{1,3}$") then
            Some
                {
                    Name = name
                    Meaning = $"the processor that is here, with ONNX Runtime {name}"
                    Machine = Machine.Release name
                }
        else
            None
