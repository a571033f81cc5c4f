namespace Predictive.Cli.Tests;

/// <summary>Runs the command line in this process, as the executable does.</summary>
internal static class Run
{
    public static async Task<(int Code, string Out, string Error)> Predictive(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await new CommandLineApp(output, error, TimeProvider.System).RunAsync(args);
        return (code, output.ToString(), error.ToString());
    }
}
