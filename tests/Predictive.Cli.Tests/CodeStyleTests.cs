using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>
/// What .editorconfig asks of every file, read from its syntax: the compiler's own code style analyzers told the same and took a third of
/// the time of a build.
/// </summary>
public class CodeStyleTests
{
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    [Fact]
    public void Namespaces_are_of_files_usings_stand_outside_and_access_is_written()
    {
        string root = SharedData.RepositoryRoot;
        string[] files =
        [
            .. new[] { "src", "tests" }
                .SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*.cs", SearchOption.AllDirectories))
                .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "Sqlite" or "Postgres")),
        ];
        Assert.InRange(files.Length, 500, int.MaxValue);
        Assert.Empty(files.AsParallel().SelectMany(f => Faults(File.ReadAllText(f)).Select(x => $"{Path.GetRelativePath(root, f)}{x}")));
    }

    [Theory]
    [InlineData("namespace A { }", "(1): a namespace with braces")]
    [InlineData("namespace A;\nusing System;", "(2): a using inside a namespace")]
    [InlineData("class B;", "(1): no access")]
    [InlineData("public interface I { void M(); }", null)]
    [InlineData("public class B { int _x; }", "(1): no access")]
    [InlineData("public class B { static B() { } ~B() { } private int X { get; set; } }", null)]
    [InlineData("public class B : I { void I.M() { } }", null)]
    [InlineData("public enum E { A, B }", null)]
    [InlineData("public class B { string M() => null; }", "(1): no access")]
    [InlineData("public partial class B { partial void M(); }", null)]
    public void A_fault_is_found(string text, string? expected) => Assert.Equal(expected is null ? [] : [expected], Faults(text));

    private static IEnumerable<string> Faults(string text)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(text, s_options).GetRoot();
        foreach (SyntaxNode node in root.DescendantNodes(
            n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax))
        {
            string? fault = node switch
            {
                NamespaceDeclarationSyntax => "a namespace with braces",
                UsingDirectiveSyntax { Parent: BaseNamespaceDeclarationSyntax } => "a using inside a namespace",
                MemberDeclarationSyntax member when NeedsAccess(member) && !member.Modifiers.Any(IsAccess) => "no access",
                _ => null,
            };
            if (fault is not null)
            {
                yield return $"({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}): {fault}";
            }
        }
    }

    private static bool NeedsAccess(MemberDeclarationSyntax member) => member switch
    {
        BaseNamespaceDeclarationSyntax or GlobalStatementSyntax or DestructorDeclarationSyntax or EnumMemberDeclarationSyntax
            or IncompleteMemberSyntax => false,
        _ when member.Parent is InterfaceDeclarationSyntax => false,
        // One part of several says it.
        TypeDeclarationSyntax type => !type.Modifiers.Any(SyntaxKind.PartialKeyword),
        ConstructorDeclarationSyntax constructor => !constructor.Modifiers.Any(SyntaxKind.StaticKeyword),
        MethodDeclarationSyntax method => method.ExplicitInterfaceSpecifier is null && !method.Modifiers.Any(SyntaxKind.PartialKeyword),
        BasePropertyDeclarationSyntax property => property.ExplicitInterfaceSpecifier is null
            && !property.Modifiers.Any(SyntaxKind.PartialKeyword),
        _ => true,
    };

    private static bool IsAccess(SyntaxToken token) =>
        token.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.PrivateKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.InternalKeyword
            or SyntaxKind.FileKeyword;
}
