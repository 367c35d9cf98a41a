//! Functions that are exported for no host.

use crate::AbiVersion;
use crate::alike::most_alike;
use crate::runner::abi;
use crate::runner::code::Interface;

/// The functions that a host which calls `calls` never calls: a sentence for each that looks like a slip,
/// and one for the others.
pub(super) fn never_called(interface: &Interface, calls: &[&str]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut others = Vec::new();
    for (name, _) in interface.functions().filter(|(name, _)| !calls.contains(name)) {
        match why(interface, name, calls) {
            Some(why) => sentences.push(format!("never calls `{name}`: {why}")),
            None => others.push(format!("`{name}`")),
        }
    }
    if !others.is_empty() {
        sentences.push(format!("never calls {}", others.join(", ")));
    }
    sentences
}

/// Why a function that it might be expected to call is not called.
fn why(interface: &Interface, name: &str, calls: &[&str]) -> Option<String> {
    let exported = |other: &str| interface.function(other).is_some();
    if name.starts_with("proxy_abi_version_") {
        let first = interface.functions().map(|(name, _)| name).find(|name| {
            AbiVersion::ALL.iter().any(|abi| abi.marker() == *name) && calls.contains(name)
        });
        return Some(match first {
            Some(first) => format!("the module is taken for one of `{first}`"),
            None => "no host knows this version".to_owned(),
        });
    }
    let instead_of = |group: &[&str]| {
        let other = group.iter().find(|other| calls.contains(other) && exported(other));
        other.filter(|_| group.contains(&name)).map(|other| format!("it calls `{other}` instead"))
    };
    instead_of(&abi::ALLOCATORS.map(|allocator| allocator.name))
        .or_else(|| instead_of(&[abi::INITIALIZE.name, abi::START.name]))
        .or_else(|| of_other_versions(name))
        .or_else(|| {
            let meant = meant_by(name, calls).filter(|meant| !exported(meant))?;
            Some(format!("did you mean `{meant}`?"))
        })
}

/// The callback whose name this may be a slip for.
fn meant_by<'a>(name: &str, calls: &[&'a str]) -> Option<&'a str> {
    let of_the_abi = |abi: AbiVersion| abi::callbacks(abi).any(|callback| callback.name == name);
    let like_a_callback = name.starts_with("proxy_") || name.contains("on_");
    if !like_a_callback || AbiVersion::ALL.into_iter().any(of_the_abi) {
        return None;
    }
    let callbacks = calls.iter().copied().filter(|name| name.starts_with("proxy_on_"));
    most_alike(name, callbacks.chain(abi::ALLOCATORS.map(|allocator| allocator.name)))
}

/// Where some versions of the ABI have the callback, and some not.
fn of_other_versions(name: &str) -> Option<String> {
    let has = |abi: &AbiVersion| abi::callbacks(*abi).any(|callback| callback.name == name);
    let versions: Vec<String> =
        AbiVersion::ALL.iter().filter(|abi| has(abi)).map(AbiVersion::to_string).collect();
    (1..AbiVersion::ALL.len())
        .contains(&versions.len())
        .then(|| format!("it is a callback of ABI {}", versions.join(" and ")))
}
