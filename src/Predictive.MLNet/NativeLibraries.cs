using System.Runtime.InteropServices;
using Microsoft.ML.Trainers.LightGbm;
using Predictive.Learning;

namespace Predictive.MLNet;

/// <summary>What of ML.NET is not managed code, and whether it can be loaded here.</summary>
internal static class NativeLibraries
{
    private const string LightGbm = "lib_lightgbm";

    private static readonly Lazy<bool> s_lightGbm =
        new(() => NativeLibrary.TryLoad(LightGbm, typeof(LightGbmBinaryTrainer).Assembly, null, out _));

    /// <summary>Such as <c>linux-musl-arm64</c>.</summary>
    public static string Machine => RuntimeInformation.RuntimeIdentifier;

    /// <summary>Asked once per process.</summary>
    public static bool LightGbmLoads => s_lightGbm.Value;

    /// <exception cref="LearningException">LightGBM cannot run here; the one sentence says what to do.</exception>
    public static void RequireLightGbm()
    {
        if (!LightGbmLoads)
        {
            throw new LearningException(
                $"The trainer 'lightgbm' needs LightGBM's native library '{LightGbm}', which cannot be loaded on this machine "
                    + $"({Machine}): its package has it for x64 Windows, macOS and glibc Linux, where it also needs OpenMP (libgomp1 on "
                    + "Debian); use --trainer fasttree or --engine built-in.");
        }
    }

    /// <summary>The library that an exception says is missing; null where it is about something else.</summary>
    public static string? Missing(Exception exception) => exception switch
    {
        DllNotFoundException e => Name(e.Message),
        TypeInitializationException { InnerException: { } inner } => Missing(inner),
        AggregateException { InnerExceptions: [var first, ..] } => Missing(first),
        { InnerException: DllNotFoundException e } => Name(e.Message),
        _ => null,
    };

    // The runtime's message quotes the library and then lists every path it looked at.
    private static string Name(string message) => message.Split('\'') is [_, var name, ..] ? name : "?";
}
