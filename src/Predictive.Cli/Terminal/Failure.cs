using Predictive.Acting.Campaigns;
using Predictive.Api.Http;
using Predictive.Learning;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Store;

namespace Predictive.Cli.Terminal;

/// <summary>The one place where an exception becomes a message and an exit code. No stack trace reaches a user.</summary>
internal static class Failure
{
    public static int Explain(Exception exception, UserConsole console)
    {
        switch (exception)
        {
            case AggregateException { InnerExceptions: [var first, ..] }:
                return Explain(first, console);
            case DatasetException refused:
                foreach (Finding finding in refused.Findings.Where(f => f.Severity == FindingSeverity.Blocking))
                {
                    console.Note($"error: {finding.Message}");
                }

                return ExitCode.Refused;
            case RefusedInputException or RulesException or ModelPackageException or LearningException or HostRefusedException
                or CampaignException or QueryRefusedException:
                console.Note($"error: {exception.Message}");
                return ExitCode.Refused;
            case FileNotFoundException or DirectoryNotFoundException:
                console.Note($"error: {exception.Message}");
                return ExitCode.Refused;
            case PlatformNotSupportedException:
                console.Note($"error: {exception.Message}");
                return ExitCode.Failed;
            case OutOfMemoryException when MemoryLimit.Bytes is { } limit:
                console.Note(
                    $"error: --memory allows {limit >> 20:N0} MB, and this needs more. Nothing was written. Allow more, or bound "
                        + "the data.");
                return ExitCode.Failed;
            case OperationCanceledException:
                console.Note("cancelled: nothing was published; temporary files are removed.");
                return ExitCode.Failed;
            case IOException or UnauthorizedAccessException or StoreException:
                console.Note($"error: {exception.Message}");
                return ExitCode.Failed;
            default:
                console.Note(
                    $"error: {exception.GetType().Name}: {exception.Message} This is a fault of predictive, not of the input; please "
                        + "report it with the command line.");
                if (Environment.GetEnvironmentVariable("PREDICTIVE_TRACE") == "1")
                {
                    console.Note(exception.ToString());
                }

                return ExitCode.Failed;
        }
    }
}

/// <summary>An option or a file that a verb refuses; the message says what was found, expected, where, and what to do.</summary>
internal sealed class RefusedInputException(string message) : Exception(message);
