namespace Predictive.Cli.Tests;

/// <summary>Runs the command line in this process, as the executable does.</summary>
internal static class Run
{
    public static Task<(int Code, string Out, string Error)> Predictive(params string[] args) => Answering(null, args);

    /// <summary>The same with somebody at the terminal, who types these lines and no more.</summary>
    public static async Task<(int Code, string Out, string Error)> Answering(string? typed, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        TextReader? answers = typed is null ? null : new StringReader(typed);
        int code = await new CommandLineApp(output, error, TimeProvider.System, answers).RunAsync(args);
        return (code, output.ToString(), error.ToString());
    }
}
