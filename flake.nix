{
  description = "Development shell of effect-htcondor-ce: Node 24 and HTCondor's client tools";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      # HTCondor is packaged for Linux only; elsewhere the shell has Node alone.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      forEach = nixpkgs.lib.genAttrs systems;
    in
    {
      devShells = forEach (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          condor = pkgs.lib.optionals (pkgs.stdenv.isLinux && pkgs ? htcondor) [ pkgs.htcondor ];
        in
        {
          default = pkgs.mkShell {
            packages = [ pkgs.nodejs_24 ] ++ condor;
          };
        }
      );
    };
}
