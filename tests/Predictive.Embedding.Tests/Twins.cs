using System.Text.RegularExpressions;
using Predictive.Tests;

namespace Predictive.Embedding.Tests;

/// <summary>
/// The notebooks in C#, built together: one MSBuild reads each file's directives as <c>dotnet run</c> does and builds nothing twice, where
/// a <c>dotnet run</c> of each would restore and evaluate every project anew.
/// </summary>
internal sealed partial class Twins
{
    private readonly string _folder;

    /// <summary>Builds them.</summary>
    /// <param name="folder">Where; what is there stays.</param>
    /// <param name="files">Files of the folder notebooks, such as <c>01-retrain.cs</c>.</param>
    public Twins(string folder, params string[] files)
    {
        _folder = folder;
        string notebooks = Path.Combine(SharedData.RepositoryRoot, "notebooks");
        foreach (string props in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            Write(props, $"""<Project><Import Project="{Path.Combine(SharedData.RepositoryRoot, props)}" /></Project>""");
        }

        foreach (string file in files)
        {
            (string Kind, string Value)[] directives =
            [
                .. Directive().Matches(File.ReadAllText(Path.Combine(notebooks, file)))
                    .Select(m => (m.Groups["kind"].Value, m.Groups["value"].Value)),
            ];
            Assert.NotEmpty(directives);
            Assert.All(directives, d => Assert.Contains(d.Kind, (string[])["project", "package", "property"]));
            string name = Path.GetFileNameWithoutExtension(file);
            Write(Path.Combine(name, name + ".csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable><Features>$(Features);FileBasedProgram</Features>
                    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
                    <OutputPath>{Path.Combine(folder, name, "built")}</OutputPath>
                    <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
                    {string.Concat(Of("property").Select(p => p.Split('=', 2)).Select(p => $"<{p[0]}>{p[1]}</{p[0]}>"))}
                  </PropertyGroup>
                  <ItemGroup>
                    <Compile Include="{Path.Combine(notebooks, file)}" />
                    {string.Concat(Of("project").Select(p => $"""<ProjectReference Include="{Path.GetFullPath(p, notebooks)}" />"""))}
                    {string.Concat(Of("package").Select(p => $"""<PackageReference Include="{p}" />"""))}
                  </ItemGroup>
                </Project>
                """);

            IEnumerable<string> Of(string kind) => directives.Where(d => d.Kind == kind).Select(d => d.Value);
        }

        string twins = string.Join(';', files.Select(f => Path.GetFileNameWithoutExtension(f)).Select(n => $"{n}/{n}.csproj"));
        Write("all.proj", $"""
            <Project>
              <ItemGroup><Twin Include="{twins}" /></ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Twin)" Targets="Restore" Properties="Configuration=Release;Step=restore" />
                <MSBuild Projects="@(Twin)" Targets="Build" BuildInParallel="true"
                  Properties="Configuration=Release;BuildProjectReferences=false" />
              </Target>
            </Project>
            """);
        Command.Run("dotnet", ["msbuild", Path.Combine(folder, "all.proj"), "-m", "-v:q", "-nologo"]);
    }

    /// <summary>The command line of one.</summary>
    public string[] Started(string file, params string[] args) =>
        [Path.Combine(_folder, Path.GetFileNameWithoutExtension(file), "built", Path.ChangeExtension(file, ".dll")), .. args];

    private void Write(string file, string text)
    {
        string path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    [GeneratedRegex(@"(?m)^#:(?<kind>\w+) (?<value>\S+)")]
    private static partial Regex Directive();
}
