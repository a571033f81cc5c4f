using BenchmarkDotNet.Running;

namespace Predictive.Benchmarks;

/// <summary><c>micro [--filter X]</c>: the BenchmarkDotNet benches of this assembly.</summary>
internal static class MicroBenches
{
    public static int Run(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(MicroBenches).Assembly).Run(args);
        return 0;
    }
}
