using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Predictive.Cli.Terminal;

/// <summary>
/// What a verb talks to: results to standard output, everything else (progress, notes, errors) to standard error,
/// so that <c>--json</c> leaves one document on standard output and nothing beside it.
/// </summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="answers">Where a person answers questions; null = nobody is there to be asked.</param>
public sealed class UserConsole(TextWriter output, TextWriter error, TextReader? answers = null)
{
    /// <summary>How every verb writes JSON: camel case, indented, plain characters, no NaN (null instead).</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private const int PipeWidth = 200;

    /// <summary>Standard output.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>True where standard error is a terminal, so that progress bars can be drawn.</summary>
    public bool ErrorIsTerminal { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>True where standard output is a terminal.</summary>
    public bool OutIsTerminal { get; } = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether questions may be asked: somebody sits at a terminal. In a pipe a doubt is refused instead.</summary>
    public bool CanAsk => answers is not null;

    /// <summary>Asks on standard error, so that a document on standard output stays one.</summary>
    /// <returns>The answer without outer blanks; null where the input has ended, or nobody can be asked.</returns>
    public string? Ask(string prompt)
    {
        Error.Write(prompt);
        Error.Flush();
        return answers?.ReadLine()?.Trim();
    }

    /// <summary>Writes one JSON document to standard output.</summary>
    public void WriteJson<T>(T document) => Out.WriteLine(JsonSerializer.Serialize(document, Json));

    /// <summary>A plain line on standard error.</summary>
    public void Note(string line) => Error.WriteLine(line);

    /// <summary>A plain line on standard output.</summary>
    public void Line(string line = "") => Out.WriteLine(line);

    /// <summary>A table (or any renderable) on standard output: drawn for the width of a terminal, plain text in a pipe.</summary>
    public void Write(IRenderable renderable) => Canvas().Write(renderable);

    /// <summary>A heading on standard output.</summary>
    public void Heading(string text) => Canvas().MarkupLine($"[bold]{Markup.Escape(text)}[/]");

    /// <summary>An empty table in the product's one style.</summary>
    public static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            // A leading '>' marks a column of numbers.
            bool right = column.StartsWith('>');
            TableColumn c = new(Markup.Escape(right ? column[1..] : column));
            table.AddColumn(right ? c.RightAligned() : c);
        }

        return table;
    }

    private IAnsiConsole Canvas()
    {
        IAnsiConsole canvas = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = OutIsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = OutIsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!OutIsTerminal)
        {
            canvas.Profile.Width = PipeWidth;
        }

        return canvas;
    }
}
