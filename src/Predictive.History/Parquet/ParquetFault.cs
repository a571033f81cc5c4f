
namespace Predictive.History.Parquet;

/// <summary>Turns whatever a damaged file makes the reader throw into the one <see cref="DatasetException"/>, with file and
/// column.</summary>
internal static class ParquetFault
{
    /// <summary>Runs a call into the reader.</summary>
    /// <param name="file">The file, for the message.</param>
    /// <param name="column">The column; null = none in particular.</param>
    /// <param name="call">What to run.</param>
    /// <exception cref="DatasetException">Anything went wrong in it.</exception>
    /// <exception cref="PlatformNotSupportedException">The native library is not for this machine: no fault of the data.</exception>
    public static T Guard<T>(string file, string? column, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            throw new PlatformNotSupportedException(
                "Parquet is read and written by Apache Arrow's native library (ParquetSharpNative), which cannot be loaded on this "
                    + "machine; expected Linux with glibc, macOS or Windows, on x64 or ARM64.", e);
        }
        catch (Exception e) when (e is not DatasetException)
        {
            throw Of(e, file, column);
        }
    }

    /// <summary>The exception a user sees.</summary>
    public static DatasetException Of(Exception fault, string file, string? column) =>
        DatasetFaults.UnreadableFile(file, (column is null ? "" : $"column {column}: ") + Detail(fault)).Refuse(fault);

    /// <summary>The exception for a file that contradicts itself.</summary>
    public static DatasetException Of(string detail, string file, string? column) =>
        DatasetFaults.UnreadableFile(file, (column is null ? "" : $"column {column}: ") + detail).Refuse();

    /// <summary>
    /// Why a stream of ours failed under the native writer, as the system says it: Arrow wraps the whole exception, its trace too.
    /// </summary>
    public static string Reason(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string text = message.Split("(message: '")[^1].Split(["\n   at ", "\r\n   at ", "')"], StringSplitOptions.None)[0];
        int kind = text.LastIndexOf("Exception: ", StringComparison.Ordinal);
        text = (kind < 0 ? text : text[(kind + "Exception: ".Length)..]).Trim();
        return text.EndsWith('.') ? text : text + ".";
    }

    // Arrow's messages come wrapped ("N7parquet16ParquetExceptionE (message: '...')"), run over several lines and lack a stop.
    private static string Detail(Exception fault)
    {
        const string before = "(message: '", after = "')";
        string message = fault.Message;
        int start = message.IndexOf(before, StringComparison.Ordinal) + before.Length,
            end = message.LastIndexOf(after, StringComparison.Ordinal);
        message = start >= before.Length && end >= start ? message[start..end] : message;
        string line = string.Join(' ', message.Split(['\r', '\n', '\0'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = line.Length > 300 ? line[..300] + " ..." : line;
        return line.EndsWith('.') ? line : line + ".";
    }
}
