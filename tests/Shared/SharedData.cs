// Linked into every test project (see Directory.Build.props).
namespace Predictive.Tests;

/// <summary>
/// Real data kept beside the repository (../shared). Tests that need a file of it skip with a message where it is absent.
/// </summary>
internal static class SharedData
{
    /// <summary>The repository's root: the nearest folder above the test assembly that holds Predictive.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Absolute path of a file or folder under ../shared; skips the running test where it is absent.</summary>
    public static string Path(string relative)
    {
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(RepositoryRoot, "..", "shared", relative));
        Assert.SkipUnless(
            File.Exists(path) || Directory.Exists(path), $"needs ../shared/{relative} beside the repository; it is not there");
        return path;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Predictive.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Predictive.sln.");
    }
}
