namespace Predictive.Segmentation.Registry;

/// <summary>
/// The one exception for a refused model zip or registry request: the file or model it is about, what was found, what was expected and
/// what to do. The version in service is never touched by the refusal.
/// </summary>
public sealed class ModelPackageException : Exception
{
    /// <summary>With the file (or model name) and the message a user reads; the message is prefixed with the file.</summary>
    public ModelPackageException(string file, string message, Exception? inner = null)
        : base($"{file}: {message}", inner) => File = file;

    /// <summary>The zip, alias file or model name the refusal is about.</summary>
    public string File { get; }
}
